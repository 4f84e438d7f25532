import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';

/** Runs the binary once and looks at the traps that a build can fall into. Throws what is wrong. */
export function checkBinary(binary: string, version: string): void {
  const environment = { PATH: '/usr/bin:/bin', NODE_OPTIONS: '--no-such-option', NODE_DEBUG: 'http' };
  const told = run(binary, ['--version'], environment);
  expect(
    told.stdout.startsWith(`kong-entrypoint ${version} `),
    'the binary does not know its version: nothing was injected',
    told,
  );
  const echoed = run(binary, ['--', 'echo', 'handed over'], environment);
  expect(echoed.stdout === 'handed over\n' && echoed.stderr === '', 'the binary does not hand over quietly', echoed);
  const direct = signals(run('/bin/cat', ['/proc/self/status'], environment).stdout);
  const handed = signals(run(binary, ['cat', '/proc/self/status'], environment).stdout);
  expect(direct === handed && direct !== '', `signals are not put back:\n${direct}\n${handed}`);
}

/** Whether V8 takes the caches, under the Node that they were made for and that runs this. Only a rejected one says so. */
export function checkCodeCaches(folder: string, chunks: readonly string[]): void {
  for (const name of chunks) {
    const source = readFileSync(join(folder, name), 'latin1');
    const cachedData = readFileSync(join(folder, `${name}.cache`));
    const script = new vm.Script(source, { filename: `/kong-entrypoint/${name}`, cachedData });
    expect(script.cachedDataRejected === false, `the code cache of ${name} is rejected`);
  }
}

function run(program: string, args: readonly string[], env: Record<string, string>): SpawnSyncReturns<string> {
  return spawnSync(program, args, { env, encoding: 'utf8', timeout: 30_000 });
}

/** What is blocked, ignored and caught. */
function signals(status: string): string {
  return status
    .split('\n')
    .filter((line) => /^Sig(?:Blk|Ign|Cgt)/.test(line))
    .join('\n');
}

function expect(isRight: boolean, problem: string, result?: SpawnSyncReturns<string>): void {
  if (isRight) return;
  const seen =
    result === undefined ? '' : `\nstdout: ${result.stdout}\nstderr: ${result.stderr}\nstatus: ${result.status}`;
  throw new Error(`${problem}${seen}`);
}
