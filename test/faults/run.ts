import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printTable, readRows } from './figures.ts';
import { provedElsewhere } from './proved-elsewhere.ts';

/*
 * npm run test:faults
 * Runs the proofs and prints their table. The load comes last and alone, so that its figures are its own.
 */
const groups: readonly (readonly string[])[] = [
  ['test/faults/*.test.ts', 'test/faults/fuzz/*.test.ts'],
  ['test/faults/load/*.test.ts'],
];

const folder = mkdtempSync(join(tmpdir(), 'faults-'));
const figures = join(folder, 'figures.jsonl');
writeFileSync(figures, '');
const started = performance.now();
const statuses = groups.map((files) => {
  const words = ['--test', '--test-concurrency=2', '--test-timeout=400000', ...files];
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  return spawnSync(process.execPath, words, { cwd, stdio: 'inherit', env: { ...process.env, FAULTS_FIGURES: figures } })
    .status;
});
const elsewhere = provedElsewhere.map(({ part, what, file, test }) => {
  return { part, what, result: 'elsewhere', figure: `${file}: ${test}` } as const;
});
process.stdout.write(printTable([...readRows(figures), ...elsewhere]));
process.stdout.write(`${Math.round((performance.now() - started) / 1000)} s\n`);
rmSync(folder, { recursive: true });
process.exitCode = statuses.every((status) => status === 0) ? 0 : 1;
