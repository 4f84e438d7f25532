import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { startContainer } from './demo/container.ts';
import { createEnd } from './demo/end.ts';
import { type Stage, setStage } from './demo/stage.ts';
import { drawTerminal } from './pictures/draw.ts';
import { readStyledLines } from './pictures/styled-lines.ts';

/*
 * npm run pictures [-- --to FOLDER]
 * Draws what the program prints on the demonstration's stage: docs/pictures/{plan,check,start}.svg.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { to: { type: 'string', default: join(root, 'docs/pictures') } } });
const program = [process.execPath, join(root, 'dist/kong-entrypoint.cjs')] as const;
const READY = 20_000;
const titles = {
  plan: 'What kong-entrypoint --plan prints',
  check: 'What kong-entrypoint --check prints',
  start: 'What a first start prints',
} as const;

const end = createEnd((message) => process.stderr.write(`${message}\n`));
process.exitCode = await end.afterwards(async () => {
  const stage = await setStage(end.cleanUp);
  mkdirSync(values.to, { recursive: true });
  for (const question of ['plan', 'check'] as const) draw(question, await ask(stage, question), stage);
  draw('start', await start(stage), stage);
  return 0;
});

/** Asked at a terminal, which `script` makes, since the program gives no colours to a pipe. */
async function ask({ environment, kong }: Stage, question: 'plan' | 'check'): Promise<string> {
  const words = [...program, `--${question}`, ...kong.words].map((word) => `'${word}'`).join(' ');
  const running = promisify(execFile)('script', ['-qec', words, '/dev/null'], {
    env: { ...environment, SHELL: '/bin/sh' },
  });
  running.child.stdin?.end();
  return (await running).stdout;
}

async function start({ environment, kong }: Stage): Promise<string> {
  let ready = (): void => undefined;
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const container = startContainer({
    words: [...program, ...kong.words],
    environment,
    onOutput: () => container.output().includes('ready in') && ready(),
  });
  end.cleanUp(() => container.stop());
  await Promise.race([isReady, new Promise((resolve) => setTimeout(resolve, READY).unref())]);
  return container.output().replace(/(?<=ready in [^\n]*\n).*$/s, '');
}

/** The folder of the stage stands for the root of an image: its path is left out. */
function draw(name: keyof typeof titles, printed: string, { folder }: Stage): void {
  const withoutFolder = printed.replaceAll(join(folder, 'stand-in'), '').replaceAll(folder, '');
  writeFileSync(join(values.to, `${name}.svg`), drawTerminal(titles[name], readStyledLines(withoutFolder)));
}
