import { chmodSync, mkdirSync } from 'node:fs';
import type { Server } from 'node:net';
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
  const servers: Server[] = [];
  const ways: string[] = [];
  for (const [port, target] of Object.entries(ports)) {
    servers.push(await forward(join(sockets, port), target));
    chmodSync(join(sockets, port), 0o777);
    ways.push(`${port}=/sockets/${port}`);
  }
  await engine.docker('network', 'create', '--internal', `--subnet=${SUBNET}`, '--gateway=169.254.170.1', name);
  const where = [
    `--network=${name}`,
    `--ip=${ADDRESS}`,
    `--volume=${sockets}:/sockets`,
    `--volume=${FOLDER}:/relay:ro`,
  ];
  const relay = await engine.docker('run', '--detach', ...where, NODE_IMAGE, 'node', '/relay/relay.ts', ...ways);
  await untilReady(engine, relay);
  return {
    name,
    address: ADDRESS,
    async close() {
      await engine.run('rm', '--force', relay);
      await engine.run('network', 'rm', name);
      for (const server of servers) server.close();
    },
  };
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
