import { codeOfFault } from '../database/available/faults.ts';
import { connect } from '../database/connection/connect.ts';
import { endConnection } from '../database/connection/within-bounds.ts';
import { openAdmin } from '../database/provisioning/admin.ts';
import { provision } from '../database/provisioning/provision.ts';
import type { ProvisionedRole, RoleLogin } from '../database/provisioning/provisioned-role.ts';
import { findUnprovisionable } from '../database/provisioning/wanted.ts';
import { EntrypointError, throwTogether } from '../errors.ts';
import type { Phases } from '../process/phases.ts';
import type { Secret } from '../secret.ts';
import type { EntrypointSettings } from '../settings/entrypoint-settings.ts';
import { migratorKeys } from '../settings/migrator-settings.ts';
import { variableOf } from '../settings/setting.ts';
import type { ActingRole } from './acting-roles.ts';
import type { KongDatabase } from './kong-database.ts';

export type ProvisionInput = {
  readonly provision: EntrypointSettings['provision'];
  readonly phases: Phases;
};

type Roles = { readonly kong: ActingRole; readonly migrator: ActingRole };

/** Fetches what the connection of the role that migrates needs, and brings roles and database into being where that is asked for. */
export async function prepareDatabase(
  { kong, migrator }: Roles,
  { provision: wish, phases }: ProvisionInput,
): Promise<void> {
  if (wish === 'off') return migrator.database.fetchSettings();
  const { dereferencer, database: kongDatabase } = kong;
  await kong.named(() => kongDatabase.fetchSettings(['provisioning']));
  await migrator.database.fetchSettings();
  const waiting = { ...kongDatabase, kong: kongDatabase.settings };
  const hasReference = dereferencer.known.neededFor(['provisioning']).length > 0;
  const admin = openAdmin({
    ...waiting,
    known: () => dereferencer.known,
    refresh: hasReference ? () => dereferencer.fetch(['provisioning']) : undefined,
  });
  const isSync = wish === 'sync';
  const owner = provisioned(migrator, isSync);
  await kong.named(async () => throwTogether(findUnprovisionable(kongDatabase.settings(), admin)));
  if (!isMigrating(migrator)) {
    return phases.measure('database', () => provision({ ...waiting, admin, owner }));
  }
  throwTogether(findUnprovisionable(owner.settings(), admin));
  await phases.measure('database', () => provision({ ...waiting, admin, owner, user: provisioned(kong, isSync) }));
}

function isMigrating({ dereferencer }: ActingRole): boolean {
  return dereferencer.known.login === 'migrator';
}

function provisioned(role: ActingRole, isSync: boolean): ProvisionedRole {
  const login = isSync ? openLogin(role.database) : undefined;
  const key = isMigrating(role) ? migratorKeys.password : 'pg_password';
  return { settings: role.database.settings, login, passwordVariable: variableOf(key) };
}

function openLogin(kongDatabase: KongDatabase): RoleLogin {
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
