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
import { ensureTableRights } from './table-rights.ts';

export type ProvisionOptions = {
  readonly admin: Admin;
  /** Kong's own connection, with the values that are known by now. */
  readonly kong: () => ConnectionSettings;
  /** Undefined where the password of a role that is there may not be set. */
  readonly login: KongLogin | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
};

/** Kong's own login, and whether PostgreSQL refuses its password (28P01). */
export type KongLogin = {
  isRefused(): Promise<boolean>;
  /** Looks again, and once more with the secret fetched afresh. */
  isRefusedAfresh(): Promise<boolean>;
};

/** No schema can have this name, so this is the key of no schema's lock. */
const KEY = lockKey('\0provisioning');

/**
 * Creates Kong's role and database where they are missing, as Kong's guide does by hand. Many nodes may do so at once. Throws
 * AccessRefusedError (77) if the admin lacks a right, and what a connection throws.
 */
export async function provision(options: ProvisionOptions): Promise<void> {
  const { admin, kong, login, log } = options;
  const wanted = { role: kong().user, database: kong().database };
  const database = await admin.open();
  try {
    const facts = await readProvisioningFacts(database, wanted);
    const created = isComplete(facts) ? [] : await underLock(options, () => create(database, wanted, options));
    if (created.length > 0) log.info(`${created.join(' and ')} created`);
    else log.debug(`role ${wanted.role} and database ${wanted.database} are there: nothing was created`);
    if (facts.hasRole && (await login?.isRefused())) {
      await underLock(options, () => synchronise(database, options));
    }
  } finally {
    await database.close();
  }
  await ensureTableRights(options);
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

/** Looks again, for another starter may have had the lock before, and creates what is missing. Returns what was created, in words. */
async function create(database: Database, wanted: Wanted, options: ProvisionOptions): Promise<string[]> {
  const { admin, kong } = options;
  const facts = await readProvisioningFacts(database, wanted);
  throwTogether(findMissingRights(facts, wanted, admin));
  await waitUntilWritable(database);
  const session = { database, facts, wanted, admin };
  const hasNewRole = !facts.hasRole && (await createRole(session, kong().password));
  const hasNewDatabase = !facts.hasDatabase && (await createDatabase(session));
  return [...(hasNewRole ? [`role ${wanted.role}`] : []), ...(hasNewDatabase ? [`database ${wanted.database}`] : [])];
}

/** Sets the password, unless another starter has set it while this one waited for the lock. The fresh secret may name another role. */
async function synchronise(database: Database, options: ProvisionOptions): Promise<void> {
  const { admin, kong, login, log } = options;
  if (!(await login?.isRefusedAfresh())) return;
  const wanted = { role: kong().user, database: kong().database };
  const facts = await readProvisioningFacts(database, wanted);
  if (!facts.hasRole) return;
  await waitUntilWritable(database);
  await setPassword({ database, facts, wanted, admin }, kong().password);
  log.warn(`the password of role ${wanted.role} was set to that of KONG_PG_PASSWORD: PostgreSQL had refused it`);
}
