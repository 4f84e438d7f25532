import { type KongDatabase, nameSchema } from './kong-database.ts';
import { type KongProgram, openKongMigrations } from './kong-migrations.ts';
import type { LockedSchema } from './locked-schema.ts';
import { withPrivatePrefix } from './private-prefix.ts';

/** Nothing is remembered where this program cannot log in to the database itself. */
const noMemory: LockedSchema['memory'] = {
  wasInterrupted: async () => false,
  beginBootstrap: async () => undefined,
  forgetBootstrap: async () => undefined,
  forgetBootstraps: async () => undefined,
};

/** The same work for `pg_oauth_auth`, whose login only Kong speaks: no check, no lock, no memory; `kong migrations` decides. */
export async function withUncheckedSchema<T>(
  program: KongProgram,
  { settings, log }: Pick<KongDatabase, 'settings' | 'log'>,
  action: (schema: LockedSchema) => Promise<T>,
): Promise<T> {
  log.warn(
    'pg_oauth_auth: only Kong itself can log in to PostgreSQL (SASL OAUTHBEARER). This start does not wait for the server, takes no lock against other starts, remembers nothing, and cannot tell an interrupted bootstrap: start one container first, or migrate in a task of its own',
  );
  const connection = settings();
  return withPrivatePrefix((prefix) =>
    action({
      ...openKongMigrations(program, prefix),
      isProvedReady: async () => false,
      memory: noMemory,
      name: nameSchema(connection, connection.schema ?? 'public'),
      kongVersion: program.dereferencer.known.kongVersion ?? 'unknown',
      waitUntilWritable: async () => undefined,
      rememberReady: async () => undefined,
      assertNoOlderKong: async () => undefined,
      isBegun: async () => true,
      grantRights: async () => undefined,
    }),
  );
}
