import type { Database } from '../database/available/database.ts';
import { EntrypointError } from '../errors.ts';
import { assertConnection, type KongDatabase } from '../migrations/kong-database.ts';
import type { KnownSettings } from '../references/known-settings.ts';
import { namingOrigins } from '../references/name-origin.ts';
import type { EntrypointSettings } from '../settings/entrypoint-settings.ts';
import type { Checklist } from './check-report.ts';

type Server = {
  readonly version: string;
  readonly encrypted: string | null;
  readonly readonly: boolean;
  readonly superuser: boolean;
};

export type DatabaseCheck = {
  readonly kongDatabase: KongDatabase;
  readonly known: KnownSettings;
  readonly settings: Pick<EntrypointSettings, 'provision'>;
};

/** A login is the first to this server, or that of the role that migrates, which follows it. */
type LoginName = 'database' | 'migrator';

/** A connection to Kong's database, and whether the server takes no writes. */
export type LoggedIn = { readonly database: Database; readonly isReadOnly: boolean };

/** Logs in as a start would, and asks the server who it is; then looks further. Returns warnings. */
export async function checkDatabase(
  given: DatabaseCheck,
  list: Checklist,
  further: (loggedIn: LoggedIn) => Promise<string[]>,
  name: LoginName = 'database',
): Promise<string[]> {
  if (given.kongDatabase.hasTokenOfItsOwn()) {
    list.skip('database', 'pg_oauth_auth: only Kong itself can log in to PostgreSQL (SASL OAUTHBEARER)');
    return [];
  }
  let database: Database | undefined;
  const isTold = await list.look(name, async () => {
    database = await logIn(given);
    return database === undefined ? 'not there for this role yet: a start creates what is missing first' : 'logged in';
  });
  if (!isTold || database === undefined) return [];
  try {
    const { description, warnings, isReadOnly } = await readServer(database);
    if (name === 'database') await list.look('server', () => description);
    return [...warnings, ...(await further({ database, isReadOnly }))];
  } finally {
    await database.close();
  }
}

/** Undefined where the login is refused and a start would provision, as an admin whom a check does not act as. */
async function logIn({ kongDatabase, known, settings }: DatabaseCheck): Promise<Database | undefined> {
  try {
    return await namingOrigins(known, async () => {
      assertConnection(known);
      return kongDatabase.open();
    });
  } catch (error) {
    const isMissing = settings.provision !== 'off' && error instanceof EntrypointError && error.exitCode !== 75;
    if (isMissing) return undefined;
    throw error;
  }
}

async function readServer({ query }: Database) {
  const [server] = await query<Server>(
    `SELECT current_setting('server_version') AS version,
            (SELECT CASE WHEN ssl THEN version END FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS encrypted,
            pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS readonly,
            (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser`,
  );
  if (server === undefined) throw new TypeError('the statement selects one row');
  const warnings = [
    ...(server.readonly ? ['the server is read-only: it can be started from, and not migrated'] : []),
    ...(server.superuser ? ['the role is a superuser of the server; Kong needs no more than to own its database'] : []),
  ];
  const description = `PostgreSQL ${server.version}, ${server.encrypted ?? 'no TLS'}`;
  return { description, warnings, isReadOnly: server.readonly };
}
