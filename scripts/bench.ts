import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Group, Places } from './bench/contender.ts';
import { coldStart } from './bench/contenders/cold.ts';
import { execOnly } from './bench/contenders/exec.ts';
import { manyReferences } from './bench/contenders/references.ts';
import { warmStart } from './bench/contenders/warm.ts';
import { measure, tryOutAll } from './bench/measure.ts';
import { peakMemory } from './bench/memory.ts';
import { makePlaces } from './bench/places.ts';
import { countProcesses } from './bench/processes.ts';
import { type GroupResult, machine, printReport, type Report, resultOf, type Sizes } from './bench/report.ts';
import { type Scene, setScene } from './bench/scene.ts';
import { ownShare } from './bench/share.ts';
import { smallMachines } from './bench/small-machines.ts';
import { countedStarts } from './bench/starts.ts';
import { judge } from './bench/targets.ts';

/*
 * npm run bench [-- --rounds 15]
 * Where the time of a start goes, beside what people would use instead. Prints it, and writes bench/results.json. KONG_BIN is the path of a
 * real `kong`; without one a stand-in plays Kong. BENCH_SECRETS_INIT, BENCH_SSM_ENV and BENCH_AWS_ENV are paths of programs to compare with.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const rounds = Number(values.rounds);
const results = fileURLToPath(new URL('../bench/results.json', import.meta.url));

async function bench(scene: Scene, places: Places, folder: string): Promise<Report> {
  const warm = await tryOutAll(warmStart(scene, places));
  const exec = await tryOutAll(execOnly(scene, places));
  const cold = await tryOutAll(coldStart(scene, places));
  const references = await tryOutAll(manyReferences(scene, places));
  const groups = {
    exec: await run(exec),
    warm: await run(warm),
    cold: await run(cold),
    references: await run(references),
  };
  const [warmOne, nativeOne] = countedStarts(scene, places);
  const measured = {
    ...groups,
    ownShare: await ownShare(warmOne, rounds),
    nativeStart: await countProcesses(nativeOne, folder),
    isRealKong: scene.isRealKong,
  };
  return {
    rounds,
    kong: scene.isRealKong ? 'real' : 'stand-in',
    groups: [...Object.values(groups), ...(await smallMachines(warm, cold, exec, rounds))],
    ownShare: measured.ownShare,
    memory: { 'warm start': await peakMemory(warmOne) },
    processes: {
      'warm start': (await countProcesses(warmOne, folder)) ?? null,
      'native start': measured.nativeStart ?? null,
    },
    sizes: sizesOf(places),
    targets: judge(measured),
  };
}

async function run(group: Group): Promise<GroupResult> {
  return resultOf(group, await measure(group.contenders, rounds));
}

function sizesOf({ binary, bundle }: Places): Sizes {
  const bytes = readFileSync(binary);
  return { bundle: statSync(bundle).size, binary: bytes.length, binaryGzip: gzipSync(bytes).length };
}

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const scene = await setScene(process.env);
try {
  const report = await bench(scene, await makePlaces(folder), folder);
  mkdirSync(dirname(results), { recursive: true });
  writeFileSync(results, `${JSON.stringify({ ...machine, ...report }, null, 2)}\n`);
  process.stdout.write(printReport(report));
} finally {
  await scene.close();
  rmSync(folder, { recursive: true });
}
