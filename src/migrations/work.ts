import type { Client } from 'pg';
import type { Command } from '../cli/command.ts';
import { type Database, openDatabase } from '../database/available/database.ts';
import { waitForDatabase } from '../database/available/wait-for-database.ts';
import { createIamToken } from '../database/connection/iam-token.ts';
import type { LookAhead } from '../database/connection/look-ahead.ts';
import { type ConnectionSettings, nameConnection, readConnectionSettings } from '../database/connection-settings.ts';
import type { Seeking } from '../database/lock/advisory-lock.ts';
import { throwTogether } from '../errors.ts';
import type { WaitingLimit } from '../process/stop.ts';
import type { World } from '../process/world.ts';
import type { Dereferencer } from '../references/dereferencer.ts';
import { reveal } from '../references/known-settings.ts';
import type { NeededFor } from '../references/needed.ts';
import { isReference } from '../references/reference.ts';
import type { Secret } from '../secret.ts';
import { connectionProblem } from '../settings/connection-problems.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import type { StartSettings } from '../settings/start-settings.ts';
import { policyFor } from './policy.ts';

export type SchemaInput = {
  readonly command: Exclude<Command, { kind: 'other' }>;
  readonly environment: Readonly<Record<string, string>>;
  readonly configuration: KongConfiguration;
  readonly settings: StartSettings;
  readonly dereferencer: Dereferencer;
  /** The bound on all waiting, which a running migration is not. */
  readonly waiting: WaitingLimit;
  readonly world: World;
};

/** What a look at the database needs. */
export type DatabaseWork = SchemaInput & { readonly kongVersion: string | undefined; readonly ahead: LookAhead };

/** What the work on the schema has at hand: the path of the `kong` program too. */
export type Work = DatabaseWork & { readonly kong: string };

/** The same where there may be no Kong, as on a laptop: enough to look, and not to change. */
export type PossibleWork = DatabaseWork & { readonly kong: string | undefined };

/** The settings of the connection, with the values that are known by now. */
export function connectionSettings({ dereferencer }: DatabaseWork): ConnectionSettings {
  return readConnectionSettings(dereferencer.known);
}

/** Fetches what the connection and these further steps need, and looks at the values as it was looked at the settings that were no references. */
export async function fetchConnection(work: DatabaseWork, further: readonly NeededFor[] = []): Promise<void> {
  const { dereferencer } = work;
  if (dereferencer.known.neededFor(['connection']).length > 0) lookUpHost(work);
  await dereferencer.fetch(['connection', ...further]);
  assertConnection(work);
}

/** A name that is a reference itself is not known yet. */
function lookUpHost({ configuration, ahead }: DatabaseWork): void {
  const host = configuration.settings.get('pg_host')?.text;
  if (host !== undefined && !isReference(host)) ahead.begin(host);
}

/** Throws, together, what of the values that are known now cannot be right. What was no reference was looked at before. */
export function assertConnection({ dereferencer }: DatabaseWork): void {
  const { kong, values } = dereferencer.known;
  const keys = new Set([...values.keys()].map(({ setting }) => setting.key));
  const dereferenced = [...kong].filter(([key]) => keys.has(key));
  throwTogether(
    dereferenced.flatMap(([, { setting, value }]) => connectionProblem(setting, reveal(value) ?? setting.text) ?? []),
  );
}

/** A connection to Kong's database, waited for as the policy says, or no longer than this. */
export async function connectToDatabase(work: DatabaseWork, seeking?: Seeking): Promise<Client> {
  const { dereferencer, settings, waiting, world } = work;
  const isPatient = isForOthers(work);
  async function refresh(): Promise<ConnectionSettings> {
    await fetchConnection(work);
    return connectionSettings(work);
  }
  const connected = await waitForDatabase({
    settings: connectionSettings(work),
    password: (current) => passwordFor(current, work),
    refresh: dereferencer.known.neededFor(['connection']).length > 0 ? refresh : undefined,
    limit: seeking?.limit ?? (isPatient ? settings.timeout : settings.databaseTimeout),
    isPatient,
    signal: seeking?.signal ?? waiting.signal,
    log: world.log,
    ahead: work.ahead,
  });
  return connected.client;
}

/** A connection to Kong's database for short statements. */
export function openKongDatabase(work: DatabaseWork): Promise<Database> {
  return openDatabase(() => connectToDatabase(work), nameConnection(connectionSettings(work)), work.waiting.signal);
}

/** The policy `wait`: what others have to do first is waited for. */
function isForOthers({ command, settings }: DatabaseWork): boolean {
  return command.kind === 'start' && policyFor(settings.migrations, command.runsMigrations) === 'wait';
}

/** The password, or for `pg_iam_auth` a token made for this login. */
async function passwordFor(current: ConnectionSettings, work: DatabaseWork): Promise<Secret | undefined> {
  if (current.typed.pg_iam_auth !== true) return current.password;
  const { environment, waiting, world } = work;
  return createIamToken(current, { environment, signal: waiting.signal, log: world.log });
}

/** Whether Kong logs in by a token that only it knows how to get: Azure's, Google's, or an OAuth server's. */
export function hasTokenOfItsOwn(work: DatabaseWork): boolean {
  const { authenticatesByToken, typed } = connectionSettings(work);
  return authenticatesByToken && typed.pg_iam_auth !== true;
}

/** How a line of the log names what is migrated. */
export function nameSchema({ database, host, port }: ConnectionSettings, schema: string): string {
  return `schema ${schema} of database ${database} at ${host}:${port}`;
}
