import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Engine } from './engine.ts';
import { forward } from './forward.ts';
import { NODE_IMAGE } from './stand-in-images.ts';

/** The network that a task of ECS is in: nothing but one neighbour, at the address that ECS has beside every task. */
export type TaskNetwork = {
  readonly name: string;
  /** The neighbour, and whoever is played by it. */
  readonly address: string;
  close(): Promise<void>;
};

const SUBNET = '169.254.170.0/24';
const ADDRESS = '169.254.170.2';
const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** Each port of the neighbour leads to a port of the loopback of this machine. */
export async function createTaskNetwork(engine: Engine, ports: Readonly<Record<number, number>>): Promise<TaskNetwork> {
  const name = `kong-entrypoint-task-${process.pid}`;
  const sockets = join(engine.folder, 'sockets');
  mkdirSync(sockets);
  const cleanUp: (() => unknown)[] = [];
  async function close(): Promise<void> {
    for (const undo of cleanUp.toReversed()) await undo();
  }
  try {
    const ways: string[] = [];
    for (const [port, target] of Object.entries(ports)) {
      const server = await forward(join(sockets, port), target);
      cleanUp.push(() => server.close());
      chmodSync(join(sockets, port), 0o777);
      ways.push(`${port}=/sockets/${port}`);
    }
    await engine.docker('network', 'create', '--internal', `--subnet=${SUBNET}`, '--gateway=169.254.170.1', name);
    cleanUp.push(() => engine.run('network', 'rm', name));
    const where = [`--network=${name}`, `--ip=${ADDRESS}`];
    const mounts = [`--volume=${sockets}:/sockets`, `--volume=${FOLDER}:/relay:ro`];
    const program = [NODE_IMAGE, 'node', '/relay/relay.ts', ...ways];
    const relay = await engine.docker('run', '--detach', ...where, ...mounts, ...program);
    cleanUp.push(() => engine.run('rm', '--force', relay));
    await untilReady(engine, relay);
    return { name, address: ADDRESS, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function untilReady(engine: Engine, relay: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { stdout, stderr } = await engine.run('logs', relay);
    if (stdout.includes('ready')) return;
    if (Date.now() > deadline) throw new Error(`the relay does not listen: ${stderr}`);
    await sleep(100);
  }
}
