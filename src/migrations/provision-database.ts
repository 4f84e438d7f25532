import { codeOfFault } from '../database/available/faults.ts';
import { connect } from '../database/connection/connect.ts';
import { endConnection } from '../database/connection/within-bounds.ts';
import { openAdmin } from '../database/provisioning/admin.ts';
import { type KongLogin, provision } from '../database/provisioning/provision.ts';
import { findUnprovisionable } from '../database/provisioning/wanted.ts';
import { EntrypointError, throwTogether } from '../errors.ts';
import type { Phases } from '../process/phases.ts';
import type { Dereferencer } from '../references/dereferencer.ts';
import type { Secret } from '../secret.ts';
import type { EntrypointSettings } from '../settings/entrypoint-settings.ts';
import type { KongDatabase } from './kong-database.ts';

export type ProvisionInput = {
  readonly provision: EntrypointSettings['provision'];
  readonly dereferencer: Dereferencer;
  readonly phases: Phases;
};

/** Fetches what a connection needs, and brings Kong's role and database into being where that is asked for. */
export async function prepareDatabase(
  kongDatabase: KongDatabase,
  { provision: wish, dereferencer, phases }: ProvisionInput,
): Promise<void> {
  if (wish === 'off') return kongDatabase.fetchSettings();
  await kongDatabase.fetchSettings(['provisioning']);
  const waiting = { ...kongDatabase, kong: kongDatabase.settings };
  const hasReference = dereferencer.known.neededFor(['provisioning']).length > 0;
  const admin = openAdmin({
    ...waiting,
    known: () => dereferencer.known,
    refresh: hasReference ? () => dereferencer.fetch(['provisioning']) : undefined,
  });
  throwTogether(findUnprovisionable(kongDatabase.settings(), admin));
  const login = wish === 'sync' ? openLogin(kongDatabase) : undefined;
  await phases.measure('database', () => provision({ ...waiting, admin, login }));
}

function openLogin(kongDatabase: KongDatabase): KongLogin {
  return {
    isRefused: () =>
      isRefused(async () => {
        const settings = kongDatabase.settings();
        const password = async (): Promise<Secret | undefined> => settings.password;
        await endConnection(await connect(settings, { ...kongDatabase, password }));
      }),
    isRefusedAfresh: () =>
      isRefused(async () => {
        const link = kongDatabase.link();
        await link.run(async () => undefined).finally(link.close);
      }),
  };
}

/** Whether the password is refused. Any other fault is left to the start, which has more patience. */
async function isRefused(logIn: () => Promise<void>): Promise<boolean> {
  try {
    await logIn();
    return false;
  } catch (error) {
    if (codeOfFault(error) === '28P01') return true;
    if (error instanceof EntrypointError) throw error;
    return false;
  }
}
