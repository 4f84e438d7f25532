import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Group, Places } from './bench/contender.ts';
import { coldStart } from './bench/contenders/cold.ts';
import { execOnly } from './bench/contenders/exec.ts';
import { manyReferences } from './bench/contenders/references.ts';
import { warmStart } from './bench/contenders/warm.ts';
import { measureFloors } from './bench/floors.ts';
import { type GroupResult, measure, resultOf, tryOutAll } from './bench/measure.ts';
import { peakMemory } from './bench/memory.ts';
import { countProcesses } from './bench/processes.ts';
import { containerToReady, measureReady } from './bench/ready.ts';
import { machine, printReport, type Report, type Sizes } from './bench/report.ts';
import { type Scene, setScene } from './bench/scene.ts';
import { ownShare } from './bench/share.ts';
import { situations } from './bench/situations.ts';
import { smallMachines } from './bench/small-machines.ts';
import { countedStarts } from './bench/starts.ts';
import { judge } from './bench/targets.ts';

/*
 * npm run bench [-- --rounds 15]
 * Where the time of a start goes, beside what people would use instead. Prints it, and writes bench/results.json. KONG_BIN is the path of a
 * real `kong`; without one a stand-in plays Kong. BENCH_ENTRY_SCRIPT is the image's entry script, where it is not where images have it. BENCH_SECRETS_INIT, BENCH_SSM_ENV and BENCH_AWS_ENV are paths of programs to compare with.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const rounds = Number(values.rounds);
const results = fileURLToPath(new URL('../bench/results.json', import.meta.url));

async function bench(scene: Scene): Promise<Report> {
  const { places, folder } = scene;
  const warm = tryOutAll(warmStart(scene, places));
  const exec = tryOutAll(execOnly(scene, places));
  const cold = tryOutAll(coldStart(scene, places));
  const references = tryOutAll(manyReferences(scene, places));
  const groups = {
    exec: run(exec),
    warm: run(warm),
    cold: run(cold),
    references: run(references),
  };
  const ready = await measureReady(await containerToReady(scene, places), rounds);
  const [warmOne, nativeOne] = countedStarts(scene, places);
  const measured = {
    ...groups,
    ready,
    ownShare: ownShare(warmOne, rounds),
    nativeStart: countProcesses(nativeOne, folder),
    isRealKong: scene.isRealKong,
  };
  return {
    rounds,
    kong: scene.isRealKong ? 'real' : 'stand-in',
    groups: [
      ...Object.values(groups),
      ready,
      ...smallMachines(warm, cold, exec, rounds),
      ...situations(scene, places).map(run),
    ],
    ownShare: measured.ownShare,
    floors: await measureFloors(scene.environment, rounds),
    memory: { 'warm start': await peakMemory(warmOne) },
    processes: {
      'warm start': countProcesses(warmOne, folder) ?? null,
      'native start': measured.nativeStart ?? null,
    },
    sizes: sizesOf(places),
    targets: judge(measured),
  };
}

function run(group: Group): GroupResult {
  return resultOf(group, measure(group.contenders, rounds));
}

function sizesOf({ binary, bundle }: Places): Sizes {
  const bytes = readFileSync(binary);
  return { bundle: statSync(bundle).size, binary: bytes.length, binaryGzip: gzipSync(bytes).length };
}

const scene = await setScene(8 * rounds + 30);
try {
  const report = await bench(scene);
  mkdirSync(dirname(results), { recursive: true });
  writeFileSync(results, `${JSON.stringify({ ...machine, ...report }, null, 2)}\n`);
  process.stdout.write(printReport(report));
} finally {
  await scene.close();
}
