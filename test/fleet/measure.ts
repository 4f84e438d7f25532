import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MEASURED, readKept } from './measured.ts';
import { situations } from './situations.ts';

/*
 * npm run fleet:measure
 * Plays every situation and keeps what it came to in measured.json, from which `npm run docs` makes the table of docs/fleet.md. Nothing is
 * kept of a run in which a row was red or skipped.
 */
const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
const file = join(folder, 'measured.jsonl');
writeFileSync(file, '');
const words = ['--test', fileURLToPath(new URL('situations.test.ts', import.meta.url))];
const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
spawnSync(process.execPath, words, { stdio: 'inherit', env: { ...environment, FLEET_MEASURED: file } });
const kept = readKept(file);
rmSync(folder, { recursive: true });
const names = Object.values(situations).flatMap((rows) => rows.map(({ name }) => name));
const rows = names.map((name) => kept.find((row) => row.name === name));
const missing = names.filter((_name, index) => rows[index] === undefined);
if (missing.length === 0) writeFileSync(MEASURED, `${JSON.stringify(rows, null, 2)}\n`);
else process.stderr.write(`nothing is kept, for these are missing:\n${missing.join('\n')}\n`);
process.exitCode = missing.length === 0 ? 0 : 1;
