import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Postgresql, type ServerConfiguration, startPostgresql } from '../world/postgresql.ts';
import type { Undo } from './situation.ts';
import type { Stage } from './stage.ts';

/** Where the second server is: another address with the port of the first, and words that run it there. */
export type StandbyPlace = {
  readonly address: string;
  readonly primaryAddress: string;
  readonly within?: readonly string[];
};

const HBA = ['host all all samenet scram-sha-256', 'host replication all samenet scram-sha-256'];

/**
 * Adds a standby to the server of this stage, which streams from it. What is committed is on both, as with a managed service: the first
 * answers a commit when the second has it.
 */
export async function addStandby(after: Undo, { server }: Stage, place: StandbyPlace): Promise<Postgresql> {
  const { port, superuser, superuserPassword } = server;
  const { within = [] } = place;
  const standby = await startPostgresql({ port, running: false, within });
  after(() => standby.close());
  await server.stop();
  await rm(standby.dataDirectory, { recursive: true });
  await promisify(execFile)('cp', ['-a', server.dataDirectory, standby.dataDirectory]);
  const login = `host=${place.primaryAddress} port=${port} user=${superuser} password=${superuserPassword}`;
  standby.configure(listening(place.address, { primary_conninfo: `${login} application_name=standby` }));
  writeFileSync(join(standby.dataDirectory, 'standby.signal'), '', { mode: 0o666 });
  server.configure(listening(place.primaryAddress, {}));
  await server.start();
  await standby.start();
  server.configure(listening(place.primaryAddress, { synchronous_standby_names: 'standby', synchronous_commit: 'on' }));
  await untilItStreams(server);
  return standby;
}

function listening(address: string, settings: Readonly<Record<string, string>>): ServerConfiguration {
  return { hba: HBA, settings: { ...settings, listen_addresses: address, max_connections: '300' } };
}

async function untilItStreams(server: Postgresql): Promise<void> {
  while ((await server.query("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")).length === 0)
    await sleep(50);
}
