import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/world/free-port.ts';
import { KONG_PASSWORD, KONG_USER } from '../../test/world/world.ts';
import type { Contender, Environment, Group, Places } from './contender.ts';
import { type GroupResult, resultOf } from './measure.ts';
import type { Scene } from './scene.ts';

const LIMIT = 60_000;

/** The same container three times: what people have without us, twice, and with us. */
export async function containerToReady(scene: Scene, { binary }: Places): Promise<Group> {
  const { script, kong, folder, isRealKong } = scene;
  const title = `Container to ready, until the Admin API answers (${isRealKong ? 'a real Kong' : 'a stand-in of Kong'})`;
  if (script === undefined) {
    return { title, contenders: [], notMeasured: ['the image has no entry script: name one in BENCH_ENTRY_SCRIPT'] };
  }
  const common: Environment = {
    ...scene.environment,
    KONG_ADMIN_LISTEN: `127.0.0.1:${await freePort()}`,
    KONG_PROXY_LISTEN: 'off',
    KONG_PREFIX: join(folder, 'ready'),
  };
  const literal = { ...common, KONG_PG_USER: KONG_USER, KONG_PG_PASSWORD: KONG_PASSWORD };
  const bootstrapFirst = `"${kong}" migrations bootstrap > /dev/null && exec "${script}" kong docker-start`;
  return {
    title,
    contenders: [
      {
        name: "the image's script, a literal password",
        words: [script, 'kong', 'docker-start'],
        environment: () => literal,
      },
      {
        name: 'kong-entrypoint, --start auto',
        words: [binary, '--handover', 'values', 'kong', 'docker-start'],
        environment: () => common,
      },
      {
        name: "kong migrations bootstrap, then the image's script",
        words: ['/bin/sh', '-c', bootstrapFirst],
        environment: () => literal,
      },
    ],
    notMeasured: [],
  };
}

/** Every contender once a round, each round beginning with another one. The first round warms, and does not count. */
export async function measureReady(group: Group, rounds: number): Promise<GroupResult> {
  const times = new Map<Contender, number[]>(group.contenders.map((contender) => [contender, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const index of group.contenders.keys()) {
      const contender = group.contenders[(index + round) % group.contenders.length];
      if (contender === undefined) continue;
      const took = await timeToReady(contender);
      if (round > 0) times.get(contender)?.push(took);
    }
  }
  return resultOf(group, times);
}

async function timeToReady({ name, words: [program, ...args], environment }: Contender): Promise<number> {
  const env = { ...environment() };
  const started = performance.now();
  const child = spawn(program, args, { env, stdio: 'ignore', detached: true });
  try {
    while (!(await isAnswering(env['KONG_ADMIN_LISTEN'] ?? ''))) {
      const isOver = child.exitCode !== null || performance.now() - started > LIMIT;
      if (isOver) throw new Error(`${name}: no Admin API answers (exit code ${child.exitCode})`);
      await sleep(2);
    }
    return performance.now() - started;
  } finally {
    await end(child);
  }
}

function isAnswering(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`http://${address}/`, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
  });
}

/** The whole group, as nginx has workers; a Kong that does not end in time is killed. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = once(child, 'exit');
  const group = -child.pid;
  process.kill(group, 'SIGTERM');
  const late = setTimeout(() => process.kill(group, 'SIGKILL'), 5000);
  await ended;
  clearTimeout(late);
}
