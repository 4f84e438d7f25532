import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { FIGURES, printTable, type Row, readRows } from './faults/figures.ts';
import { type ProvedElsewhere, provedElsewhere } from './faults/proved-elsewhere.ts';
import { type PartName, parts, type Run } from './parts.ts';
import { type Duration, printSlowest } from './slowest.ts';
import { SHAPE } from './world/stand-in-kong/shape.ts';

/*
 * node test/run.ts PART
 * Runs a part of the tests (test/parts.ts), then tells which tests took the longest, and prints the table of what the proofs in
 * test/faults measured.
 */
const TIMEOUT_MS = 600_000;
/** The tests wait more than they work. */
const FILES_AT_A_TIME = 2 * availableParallelism() + 1;

const durations: Duration[] = [];
const folder = mkdtempSync(join(tmpdir(), 'figures-'));
const figures = join(folder, 'figures.jsonl');
writeFileSync(figures, '');
process.env[FIGURES] = figures;
const [, , name = ''] = process.argv;
for (const one of isPart(name) ? parts[name] : fail(name)) await runFiles(one);
process.stdout.write(printSlowest(durations));
const rows = readRows(figures);
if (rows.length > 0) process.stdout.write(printTable([...rows, ...provedElsewhere.map(toRow)]));
rmSync(folder, { recursive: true });

function isPart(word: string): word is PartName {
  return word in parts;
}

function fail(word: string): never {
  throw new Error(`node test/run.ts ${Object.keys(parts).join('|')}: there is no part ${JSON.stringify(word)}`);
}

function toRow({ part, what, file, test }: ProvedElsewhere): Row {
  return { part, what, result: 'elsewhere', figure: `${file}: ${test}` };
}

async function runFiles({ files, only, without, shape = 'open-source', atATime, setup }: Run): Promise<void> {
  process.env[SHAPE] = shape;
  const shared = await setup?.();
  await shared?.globalSetup();
  const events = run({
    files: [...files],
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    concurrency: atATime ?? FILES_AT_A_TIME,
    timeout: TIMEOUT_MS,
    ...(only && { testNamePatterns: only }),
    ...(without && { testSkipPatterns: without }),
  });
  events.on('test:pass', (test) => durations.push(test));
  events.on('test:fail', (test) => {
    durations.push(test);
    process.exitCode = 1;
  });
  for await (const text of events.compose(new spec())) process.stdout.write(text);
  await shared?.globalTeardown();
}
