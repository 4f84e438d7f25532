import type { Log } from '../../log.ts';
import type { Database } from '../available/database.ts';
import type { Link } from '../available/link.ts';
import { waitUntilWritable } from '../available/wait-until-writable.ts';
import { lockKey } from '../lock/advisory-lock.ts';
import { takeLock } from '../lock/take-lock.ts';
import type { Admin } from './admin.ts';
import { setPassword } from './create.ts';
import { createMissing, nothingCreated } from './create-missing.ts';
import { type ProvisioningFacts, readProvisioningFacts } from './facts.ts';
import { type ProvisionedRole, wantedOf } from './provisioned-role.ts';
import { ensureTableRights, keepOthersOut } from './table-rights.ts';

export type ProvisionOptions = {
  readonly admin: Admin;
  /** The role that is to own the database, and Kong's own where that is another; with the values that are known by now. */
  readonly owner: ProvisionedRole;
  readonly user?: ProvisionedRole | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
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
  const database = await admin.open();
  const hasNewDatabase = await provisionRoles(database, roles, options).finally(database.close);
  const kong = owner.settings;
  if (user !== undefined && hasNewDatabase) await keepOthersOut({ admin, kong, log });
  await ensureTableRights({ admin, kong, log });
}

/** The first of the roles is to own the database. Returns whether that is new. */
async function provisionRoles(
  database: Database,
  roles: readonly ProvisionedRole[],
  options: ProvisionOptions,
): Promise<boolean> {
  const { admin, log } = options;
  const facts = await Promise.all(roles.map((role) => readProvisioningFacts(database, wantedOf(role))));
  const created = facts.every(isComplete)
    ? nothingCreated
    : await underLock(options, () => createMissing(database, roles, admin));
  if (created.names.length > 0) log.info(`${created.names.join(' and ')} created`);
  else log.debug(`${describe(roles)} exist already: nothing was created`);
  for (const [index, role] of roles.entries()) {
    if (facts[index]?.hasRole && (await role.login?.isRefused()))
      await underLock(options, () => synchronise(database, role, options));
  }
  return created.hasNewDatabase;
}

function describe(roles: readonly ProvisionedRole[]): string {
  const wanted = roles.map(wantedOf);
  return `${wanted.map(({ role }) => `role ${role}`).join(', ')} and database ${wanted[0]?.database}`;
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
