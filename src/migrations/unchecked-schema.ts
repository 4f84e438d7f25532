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

/** For a Kong that gets its own token for the login: no check, no lock, no memory; `kong migrations` decides. */
export async function withUncheckedSchema<T>(
  program: KongProgram,
  { settings, log }: Pick<KongDatabase, 'settings' | 'log'>,
  action: (schema: LockedSchema) => Promise<T>,
): Promise<T> {
  log.info(
    'the login to PostgreSQL is by a token, which kong migrations gets by itself: no wait, no lock, and no check of the database',
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
      isBegun: async () => true,
    }),
  );
}
