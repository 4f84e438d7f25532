import { type Database, openDatabase } from '../database/available/database.ts';
import { type Link, openLink } from '../database/available/link.ts';
import { createLoginTokens } from '../database/connection/login-token.ts';
import { createLookAhead, type LookAhead } from '../database/connection/look-ahead.ts';
import type { Bounds } from '../database/connection/within-bounds.ts';
import { type ConnectionSettings, readConnectionSettings } from '../database/connection-settings.ts';
import { throwTogether } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Dereferencer } from '../references/dereferencer.ts';
import { type KnownSettings, reveal } from '../references/known-settings.ts';
import type { NeededFor } from '../references/needed.ts';
import { connectionProblem } from '../settings/connection-problems.ts';

export type KongDatabaseOptions = {
  readonly dereferencer: Dereferencer;
  /** What the start was given: a login by token finds its credentials in it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds that PostgreSQL may be unreachable. */
  readonly limit: number;
  /** Others provision and migrate: a refused login or a missing database is waited for as well. */
  readonly isPatient: boolean;
  /** Aborted when the start is stopped or its time for waiting is up. */
  readonly signal: AbortSignal;
  readonly log: Log;
};

/** Kong's database, reached as Kong would reach it. */
export type KongDatabase = Pick<KongDatabaseOptions, 'limit' | 'signal' | 'log'> & {
  readonly ahead: LookAhead;
  /** The settings of the connection as they are known now. */
  settings(): ConnectionSettings;
  /** Whether Kong logs in by a token in a way that only it speaks: `pg_oauth_auth`, SASL OAUTHBEARER. */
  hasTokenOfItsOwn(): boolean;
  /** Dereferences what the connection and these further steps need and is not known yet. Throws, together, what cannot be right. */
  fetchSettings(further?: readonly NeededFor[]): Promise<void>;
  /** A connection, waited for within the limit, or within these bounds. */
  link(bounds?: Bounds): Link;
  /** The same for short statements. */
  open(): Promise<Database>;
};

export function openKongDatabase(options: KongDatabaseOptions): KongDatabase {
  const { dereferencer, limit, isPatient, signal, log } = options;
  const ahead = createLookAhead();
  const tokens = createLoginTokens(options);
  const needed: readonly NeededFor[] = ['connection', dereferencer.known.login];
  const hasReference = dereferencer.known.neededFor(needed).length > 0;
  const settings = (): ConnectionSettings => readConnectionSettings(dereferencer.known);

  async function fetchSettings(further: readonly NeededFor[] = []): Promise<void> {
    if (hasReference) {
      lookUpHost(dereferencer.known, ahead);
      loadClientSoon();
    }
    assertConnection(await dereferencer.fetchMissing([...needed, ...further]));
  }

  async function fetchAfresh(): Promise<void> {
    assertConnection(await dereferencer.fetch(needed));
    tokens.forget();
  }

  function link(bounds?: Bounds): Link {
    return openLink({
      settings,
      password: async (current) => (current.tokenSetting === undefined ? current.password : tokens.tokenFor(current)),
      refresh: hasReference ? fetchAfresh : undefined,
      isPatient,
      limit,
      signal,
      ...bounds,
      log,
      ahead,
    });
  }

  return {
    limit,
    signal,
    log,
    ahead,
    settings,
    hasTokenOfItsOwn: () => settings().tokenSetting === 'pg_oauth_auth',
    fetchSettings,
    link,
    open: () => openDatabase(link()),
  };
}

/** A name that is itself a reference is not known before it is dereferenced. */
function lookUpHost({ kong }: KnownSettings, ahead: LookAhead): void {
  const host = kong.get('pg_host');
  if (host !== undefined && host.references.length === 0) ahead.begin(host.setting.text);
}

/** Loads the PostgreSQL client while the vault is answering, and not before its request is on the way. */
function loadClientSoon(): void {
  setTimeout(() => void import('pg'), 5).unref();
}

/** Throws, together, every dereferenced value that cannot be right. Settings without a reference were checked when they were read. */
export function assertConnection({ kong, values }: KnownSettings): void {
  const keys = new Set([...values.keys()].map(({ setting }) => setting.key));
  const dereferenced = [...kong].filter(([key]) => keys.has(key));
  throwTogether(
    dereferenced.flatMap(([, { setting, value }]) => connectionProblem(setting, reveal(value) ?? setting.text) ?? []),
  );
}

/** How a line of the log names what is migrated. */
export function nameSchema({ database, host, port }: ConnectionSettings, schema: string): string {
  return `schema ${schema} of database ${database} at ${host}:${port}`;
}
