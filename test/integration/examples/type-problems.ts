import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const compiler = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url));
const OPTIONS = ['--noEmit', '--strict', '--skipLibCheck', '--allowImportingTsExtensions', '--module', 'nodenext'];

export type Typed = {
  /** What the type is imported from. */
  readonly file: string;
  readonly type: string;
  readonly value: unknown;
};

/** What the compiler says of values that were written down as these types: a key that is not known is an error there, as is a wrong value. */
export function typeProblems(values: readonly Typed[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'types-'));
  const file = join(folder, 'values.ts');
  const lines = values.flatMap(({ file: from, type, value }, index) => [
    `import type { ${type} as Type${index} } from ${JSON.stringify(from)};`,
    `export const value${index}: Type${index} = ${JSON.stringify(value)};`,
  ]);
  writeFileSync(file, lines.join('\n'));
  try {
    const { stdout } = spawnSync(compiler, [...OPTIONS, file], { cwd: folder, encoding: 'utf8' });
    return stdout.split('\n').filter((line) => line.includes('error TS'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
