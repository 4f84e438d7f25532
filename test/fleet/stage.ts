import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createScene, type Scene, startOf, type Variables } from '../migrations/scene.ts';
import type { EntrypointOptions } from '../world/kong-entrypoint.ts';
import type { Postgresql, PostgresqlOptions } from '../world/postgresql.ts';
import type { WorldOptions } from '../world/world.ts';
import type { Machine } from './network.ts';
import type { Undo } from './situation.ts';

/** A server of its own with an empty database, for what is done to it. */
export type Stage = {
  readonly scene: Scene;
  readonly server: Postgresql;
  readonly environment: Variables & { readonly KONG_PG_DATABASE: string };
};

/** How long PostgreSQL may be away in these situations, in place of a minute. */
export const SHORT = ['--database-timeout', '6s'];
/** How long a trouble lasts that passes. */
export const A_WHILE = 4000;

export async function setStage(after: Undo, options: WorldOptions = {}): Promise<Stage> {
  const scene = await createScene(options);
  after(() => scene.close());
  return { scene, server: scene.world.postgresql, environment: await scene.freshEnvironment() };
}

/** A start that gets to the database by another port of the loopback. */
export function startBy({ environment }: Stage, port: number, options: readonly string[] = []): EntrypointOptions {
  return startOf({ ...environment, KONG_PG_PORT: String(port) }, options);
}

export async function afterAWhile(action: () => unknown, milliseconds = A_WHILE): Promise<void> {
  await sleep(milliseconds);
  await action();
}

/** Makes the server a standby that follows nobody, as a reader endpoint shows it, or one that lets nobody in yet. */
export async function makeStandby(server: Postgresql, settings: Readonly<Record<string, string>> = {}): Promise<void> {
  await server.stop();
  server.configure({ settings });
  writeFileSync(join(server.dataDirectory, 'standby.signal'), '', { mode: 0o666 });
}

/** A connection of the superuser, over the socket, that stays open. */
export async function openSession(after: Undo, { server, environment }: Stage): Promise<pg.Client> {
  const { socketDirectory: host, port, superuser: user } = server;
  const client = new pg.Client({ host, port, user, password: '', ssl: false, database: environment.KONG_PG_DATABASE });
  client.on('error', () => undefined);
  await client.connect();
  after(() => client.end());
  return client;
}

/** A bootstrap that does two steps and then hangs, the first time. */
export const hangingBootstrap = { kind: 'hang', on: 'migrations bootstrap', afterSteps: 2, times: 1 } as const;

/** The same start on this machine. */
export function onMachine<T extends EntrypointOptions>({ within }: Machine, options: T): T {
  return { ...options, program: [...within, ...options.program] };
}

/** A server on this machine, which takes logins from all of its network. */
export function serverOn({ withinAsServer, address }: Machine): PostgresqlOptions {
  return {
    within: withinAsServer,
    settings: { listen_addresses: address, max_connections: '300' },
    hba: ['host all all samenet scram-sha-256'],
  };
}
