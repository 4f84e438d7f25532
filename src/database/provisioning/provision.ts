import { throwTogether } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Database } from '../available/database.ts';
import type { Link } from '../available/link.ts';
import { waitUntilWritable } from '../available/wait-until-writable.ts';
import type { ConnectionSettings } from '../connection-settings.ts';
import { lockKey } from '../lock/advisory-lock.ts';
import { takeLock } from '../lock/take-lock.ts';
import type { Admin } from './admin.ts';
import { createDatabase, createRole, setPassword } from './create.ts';
import { type ProvisioningFacts, readProvisioningFacts, type Wanted } from './facts.ts';
import { findMissingRights } from './refusals.ts';
import { ensureTableRights, keepOthersOut } from './table-rights.ts';

export type ProvisionOptions = {
  readonly admin: Admin;
  /** The role that is to own the database, and Kong's own where that is another; with the values that are known by now. */
  readonly owner: ProvisionedRole;
  readonly user?: ProvisionedRole | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
};

export type ProvisionedRole = {
  readonly settings: () => ConnectionSettings;
  /** Undefined where the password of a role that is there may not be set. */
  readonly login: RoleLogin | undefined;
  /** The variable that says its password. */
  readonly passwordVariable: string;
};

/** The login of a role, and whether PostgreSQL refuses its password (28P01). */
export type RoleLogin = {
  isRefused(): Promise<boolean>;
  /** Looks again, and once more with the secret fetched afresh. */
  isRefusedAfresh(): Promise<boolean>;
};

/** No schema can have this name, so this is the key of no schema's lock. */
const KEY = lockKey('\0provisioning');

/**
 * Creates Kong's role, the one that migrates where that is another, and the database where they are missing, as Kong's guide does by hand.
 * Many nodes may do so at once. Throws AccessRefusedError (77) if the admin lacks a right, and what a connection throws.
 */
export async function provision(options: ProvisionOptions): Promise<void> {
  const { admin, owner, user, log } = options;
  const roles = user === undefined ? [owner] : [owner, user];
  let created: Created = { names: [], hasNewDatabase: false };
  const database = await admin.open();
  try {
    const facts = await Promise.all(roles.map((role) => readProvisioningFacts(database, wantedOf(role))));
    if (!facts.every(isComplete)) created = await underLock(options, () => createAll(database, roles, admin));
    if (created.names.length > 0) log.info(`${created.names.join(' and ')} created`);
    else
      log.debug(
        `${roles.map(({ settings }) => `role ${settings().user}`).join(', ')} and database ${owner.settings().database} are there: nothing was created`,
      );
    for (const [index, role] of roles.entries()) {
      if (facts[index]?.hasRole && (await role.login?.isRefused()))
        await underLock(options, () => synchronise(database, role, options));
    }
  } finally {
    await database.close();
  }
  const kong = owner.settings;
  if (user !== undefined && created.hasNewDatabase) await keepOthersOut({ admin, kong, log });
  await ensureTableRights({ admin, kong, log });
}

function wantedOf({ settings }: ProvisionedRole): Wanted {
  const { user, database } = settings();
  return { role: user, database };
}

function isComplete({ hasRole, hasDatabase }: ProvisioningFacts): boolean {
  return hasRole && hasDatabase;
}

/** One starter at a time. Losing the lock meanwhile does no harm, since nothing that exists is changed. */
async function underLock<T>({ admin, signal, log }: ProvisionOptions, action: () => Promise<T>): Promise<T> {
  const open = (): Link => admin.link();
  const lock = await takeLock({ open, subject: 'provisioning', key: KEY, signal, stop: signal, log });
  try {
    return await action();
  } finally {
    await lock.release();
  }
}

type Created = { readonly names: readonly string[]; readonly hasNewDatabase: boolean };

/** The first of the roles is to own the database. Every right that the admin lacks is told before anything is changed. */
async function createAll(database: Database, roles: readonly ProvisionedRole[], admin: Admin): Promise<Created> {
  const sessions = [];
  for (const role of roles) {
    const wanted = wantedOf(role);
    // Looks again, for another starter may have had the lock before.
    sessions.push({ database, admin, wanted, facts: await readProvisioningFacts(database, wanted), role });
  }
  throwTogether(
    sessions.flatMap(({ facts, wanted }) => findMissingRights(facts, wanted, admin)).filter(isFirstOfItsKind),
  );
  await waitUntilWritable(database);
  const names: string[] = [];
  for (const { role, ...session } of sessions) {
    const isNew = !session.facts.hasRole && (await createRole(session, role.settings().password));
    if (isNew) names.push(`role ${session.wanted.role}`);
  }
  const [owner] = sessions;
  const hasNewDatabase = owner !== undefined && !owner.facts.hasDatabase && (await createDatabase(owner));
  return { names: hasNewDatabase ? [...names, `database ${owner.wanted.database}`] : names, hasNewDatabase };
}

/** Both roles need the same database. */
function isFirstOfItsKind(error: Error, index: number, all: readonly Error[]): boolean {
  return all.findIndex(({ message }) => message === error.message) === index;
}

/** Sets the password, unless another starter has set it while this one waited for the lock. The fresh secret may name another role. */
async function synchronise(database: Database, role: ProvisionedRole, { admin, log }: ProvisionOptions): Promise<void> {
  if (!(await role.login?.isRefusedAfresh())) return;
  const wanted = wantedOf(role);
  const facts = await readProvisioningFacts(database, wanted);
  if (!facts.hasRole) return;
  await waitUntilWritable(database);
  await setPassword({ database, facts, wanted, admin }, role.settings().password);
  log.warn(
    `the password of role ${wanted.role} was set to that of ${role.passwordVariable}: PostgreSQL had refused it`,
  );
}
