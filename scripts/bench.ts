import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { binary, listContenders } from './bench/contenders.ts';
import { measure, tryOutAll } from './bench/measure.ts';
import { createReport, printReport, type Sizes } from './bench/report.ts';
import { setScene } from './bench/scene.ts';

/*
 * npm run bench [-- --rounds 15]
 * Time from start to hand-over, and the size of the binary. Prints them, and writes bench/results.json.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const results = fileURLToPath(new URL('../bench/results.json', import.meta.url));

function sizes(): Sizes {
  const bytes = readFileSync(binary);
  return { binary: bytes.length, binaryGzip: gzipSync(bytes).length };
}

const path = process.env['PATH'] ?? '';
const scene = await setScene(path);
try {
  const { contenders, notMeasured } = await tryOutAll(listContenders(scene, path), scene.environment);
  const times = await measure(contenders, Number(values.rounds), scene.environment);
  const report = createReport(times, notMeasured, sizes());
  mkdirSync(dirname(results), { recursive: true });
  writeFileSync(results, `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(printReport(report));
} finally {
  await scene.close();
}
