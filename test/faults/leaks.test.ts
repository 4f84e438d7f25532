import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { lockKey } from '../../src/database/lock/advisory-lock.ts';
import { spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { prove } from './figures.ts';
import { createScene, type FreshEnvironment, type Scene, startOf } from './scene.ts';
import { readMemory } from './sweep.ts';
import { holdsMark } from './unmistakable.ts';

const scene: Scene = await createScene();
after(() => scene.close());

/** A start, when to look at it closely, and how it ends. */
type Situation = {
  readonly exitCode: number;
  given(environment: FreshEnvironment): FreshEnvironment;
  /** What it prints when it is time to look; without it, it ends by itself. */
  readonly until?: string;
  /** Whether it is Kong by then. */
  readonly isKong?: boolean;
};

const PART = 64 * 1024 * 1024;
const OVERLAP = 1024;
const PRINT = 'echo "the password is $KONG_PG_PASSWORD"; echo "password=$KONG_PG_PASSWORD" >&2';

const situations: Readonly<Record<string, Situation>> = {
  'a start that becomes Kong': {
    exitCode: 143,
    given: (environment) => ({ ...environment, STAY: 'yes' }),
    until: 'this is Kong now',
    isKong: true,
  },
  'a login that is refused': { exitCode: 77, given: (environment) => ({ ...environment, KONG_PG_USER: 'nobody' }) },
  'migrations that print it and fail': {
    exitCode: 4,
    given: (environment) => scene.withMigrations(environment, `[ "$2" = bootstrap ] && { ${PRINT}; exit 4; }`),
  },
  'migrations that print it and are stopped': {
    exitCode: 143,
    given: (environment) => scene.withMigrations(environment, `[ "$2" = bootstrap ] && { ${PRINT}; sleep 300; }`),
    until: 'password=[secret]',
  },
};

const levels = [
  ...['debug', 'info', 'warn', 'error'].map((level) => ['--log-level', level]),
  ['--log-format', 'json'],
] as const;

describe('the secret is nowhere but in kong migrations while it runs', { concurrency: 3 }, () => {
  for (const [name, situation] of Object.entries(situations)) {
    for (const options of levels) {
      prove('leaks', `${name}, ${options.join(' ')}`, () => search(situation, options));
    }
  }
});

async function search(situation: Situation, options: readonly string[]): Promise<string> {
  const environment = situation.given(await scene.freshEnvironment());
  const running = await spawnEntrypoint(startOf(environment, [...options, 'kong', 'docker-start']));
  if (situation.until !== undefined) {
    await running.waitForLine(situation.until);
    scene.sweep.look();
    if (situation.isKong === true) scene.sweep.memory(running.pid);
    running.signal('SIGTERM');
  }
  const { exitCode, signal, stdout, stderr } = await running.finished;
  scene.sweep.look();
  scene.sweep.read('what was printed', stdout + stderr);
  assert.equal(exitCode ?? (signal === 'SIGTERM' ? 143 : signal), situation.exitCode, stderr);
  return `${scene.sweep.clean()} places searched so far`;
}

describe('a core dump before the hand-over', () => {
  const sizes = {
    'holds it, and this program cannot forbid that': 'unlimited',
    'is not written at --ulimit core=0': '0',
  };
  for (const [what, size] of Object.entries(sizes)) {
    prove('leaks', `a core dump before the hand-over ${what}`, () => dumpCore(size));
  }
});

/** Ends a start that waits for the lock, and so has dereferenced the password, with ABRT. */
async function dumpCore(size: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  const given = { ...(await scene.freshEnvironment()), CORE: folder };
  const holder = await scene.world.postgresql.connect({ database: given.KONG_PG_DATABASE });
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [lockKey('public').toString()]);
    const start = startOf(given, ['kong', 'docker-start'], `ulimit -c ${size} && cd "$CORE"`);
    const running = await spawnEntrypoint({ ...start });
    await running.waitForLine('waiting for the lock');
    assert.ok(
      [...readMemory(running.pid)].some(([, bytes]) => holdsMark(bytes)),
      'our memory has it meanwhile',
    );
    running.signal('SIGABRT');
    assert.equal((await running.finished).signal, 'SIGABRT');
    return describeCores(folder, size);
  } finally {
    await holder.end();
    rmSync(folder, { recursive: true });
  }
}

/** Where the kernel writes a core is not ours to say: into the working folder by default, or into a pipe. */
function describeCores(folder: string, size: string): string {
  const cores = readdirSync(folder).map((name) => join(folder, name));
  const held = cores.filter(fileHoldsMark).length;
  const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'latin1').trim();
  if (size === '0') assert.equal(cores.length, 0);
  else if (!/[|/]/.test(pattern)) assert.deepEqual([cores.length, held], [1, 1]);
  return `core_pattern ${pattern}: ${cores.length} cores in the folder, ${held} of them with the secret`;
}

/** A core may be larger than a text can be, so it is read in parts that overlap. */
function fileHoldsMark(path: string): boolean {
  const descriptor = openSync(path, 'r');
  const part = Buffer.alloc(PART);
  try {
    for (let at = 0; ; at += PART - OVERLAP) {
      const length = readSync(descriptor, part, 0, PART, at);
      if (holdsMark(part.toString('latin1', 0, length))) return true;
      if (length < PART) return false;
    }
  } finally {
    closeSync(descriptor);
  }
}
