import type { Client } from 'pg';
import { codeOfFault } from '../database/available/faults.ts';
import { connect } from '../database/connection/connect.ts';
import type { ConnectionSettings } from '../database/connection-settings.ts';
import { openAdmin } from '../database/provisioning/admin.ts';
import { type KongLogin, provision } from '../database/provisioning/provision.ts';
import { findUnprovisionable } from '../database/provisioning/wanted.ts';
import { EntrypointError, throwTogether } from '../errors.ts';
import { connectionSettings, connectToDatabase, fetchConnection, type Work } from './work.ts';

/** Fetches what a connection needs, and brings Kong's role and database into being where that is asked for. */
export async function prepareDatabase(work: Work): Promise<void> {
  const { dereferencer, settings, world } = work;
  if (settings.provision === 'off') return fetchConnection(work);
  await fetchConnection(work, ['provisioning']);
  const kong = (): ConnectionSettings => connectionSettings(work);
  const waiting = {
    kong,
    limit: settings.databaseTimeout,
    signal: work.waiting.signal,
    log: world.log,
    ahead: work.ahead,
  };
  const admin = openAdmin({
    ...waiting,
    known: () => dereferencer.known,
    refresh:
      dereferencer.known.neededFor(['provisioning']).length > 0
        ? () => dereferencer.fetch(['provisioning'])
        : undefined,
  });
  throwTogether(findUnprovisionable(kong(), admin));
  const login = settings.provision === 'sync' ? openLogin(work) : undefined;
  await world.phases.measure('database', () => provision({ ...waiting, admin, login }));
}

function openLogin(work: Work): KongLogin {
  const {
    world: { log },
    waiting: { signal },
    ahead,
  } = work;
  return {
    isRefused: () => {
      const settings = connectionSettings(work);
      return isRefused(() => connect(settings, { log, ahead, password: async () => settings.password, signal }));
    },
    isRefusedAfresh: () => isRefused(() => connectToDatabase(work)),
  };
}

/** Whether the password is refused. What the driver throws else is for the start to meet, which has more patience. */
async function isRefused(logIn: () => Promise<Client>): Promise<boolean> {
  try {
    const client = await logIn();
    await client.end();
    return false;
  } catch (error) {
    if (codeOfFault(error) === '28P01') return true;
    if (error instanceof EntrypointError) throw error;
    return false;
  }
}
