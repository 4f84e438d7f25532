import { closeSync, copyFileSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { languages } from './check-runtime.ts';
import { type Ended, type Rehearsal, type Run, runThroughPipe } from './rehearsal.ts';

/** Runs the bundle under this Node. Throws what is wrong. */
export function checkBundle(bundle: string, version: string, rehearsal: Rehearsal): Promise<void> {
  return checkProgram([process.execPath, bundle], version, rehearsal, {});
}

/** Runs the binary, and looks at the traps that a build can fall into besides. Throws what is wrong. */
export async function checkBinary(binary: string, version: string, rehearsal: Rehearsal): Promise<void> {
  await checkProgram([binary], version, rehearsal, { NODE_OPTIONS: '--no-such-option' });
  for (const language of languages) {
    const { words, environment } = rehearsal.whole;
    const started = await runThroughPipe([binary], { words, environment: { ...environment, LC_ALL: language } });
    expect(started.exitCode === 0, `a start fails in ${language}; the data of ICU were cut`, started);
  }
}

type Variables = Readonly<Record<string, string>>;

async function checkProgram(
  program: readonly string[],
  version: string,
  rehearsal: Rehearsal,
  more: Variables,
): Promise<void> {
  const { environment } = rehearsal.whole;
  const run = (one: Run): Promise<Ended> =>
    runThroughPipe(program, { ...one, environment: { ...one.environment, ...more } });

  const told = await run({ words: ['--version'], environment });
  expect(
    told.output.startsWith(`kong-entrypoint ${version} `),
    'it does not tell its version: nothing was injected, or NODE_OPTIONS acts on it',
    told,
  );
  const missing = await run(rehearsal.missing);
  expect(missing.exitCode === 66, 'an error of a part is not known to the main one: a class is there twice', missing);

  await run(rehearsal.warm);
  const warm = await run(rehearsal.warm);
  expect(
    warm.exitCode === 0 && warm.output.includes('schema ready (remembered'),
    'a warm start does not succeed, or is none',
    warm,
  );

  const alone = await runThroughPipe([rehearsal.program], { words: ['start'], environment });
  for (const start of [rehearsal.vaultOnly, ...rehearsal.otherVaults, rehearsal.whole]) {
    const started = await run(start);
    expect(
      started.exitCode === 0 && started.output.includes('value: rehearsal\n'),
      'a start does not succeed',
      started,
    );
    const [before, after] = [inherited(alone), inherited(started)];
    expect(before === after, `signals or the flags of the output are not put back:\n${before}\n${after}`, started);
  }
}

const WORD = 'isCacheRequired = false';

/**
 * Whether V8 takes the code caches in the binary itself: runs a copy in which one word of the loader is changed, so that a rejected cache
 * ends it. There is nothing in the binary that would ask for this.
 */
export async function checkCodeCaches(binary: string, { otherVaults, whole, warm }: Rehearsal): Promise<void> {
  const at = readFileSync(binary).indexOf(WORD);
  if (at === -1) throw new Error('the loader is not in the binary');
  const copy = `${binary}.check`;
  copyFileSync(binary, copy);
  const descriptor = openSync(copy, 'r+');
  writeSync(descriptor, WORD.replace('false', 'true '), at);
  closeSync(descriptor);
  const all = [];
  for (const start of [...otherVaults, whole, warm]) all.push(await runThroughPipe([copy], start));
  rmSync(copy);
  for (const ended of all) expect(ended.exitCode === 0, 'a code cache is rejected', ended);
}

/** What a program inherits and the runtime changes: signals that are blocked, ignored and caught, and the flags of the output. */
function inherited({ output }: Ended): string {
  return output
    .split('\n')
    .filter((line) => /^(?:Sig(?:Blk|Ign|Cgt)|flags):/.test(line))
    .join('\n');
}

function expect(isRight: boolean, problem: string, { output, exitCode }: Ended): void {
  if (!isRight) throw new Error(`self-check: ${problem} (exit status ${exitCode})\n${output}`);
}
