import type { Memory } from '../database/memory/memory.ts';
import { openKongMigrations } from './open-kong-migrations.ts';
import { withPrivatePrefix } from './private-prefix.ts';
import type { Session } from './session.ts';
import { connectionSettings, nameSchema, type Work } from './work.ts';

/** Nothing is remembered where the database cannot be reached by ourselves. */
const noMemory: Memory = {
  wasInterrupted: async () => false,
  beginBootstrap: async () => undefined,
  forgetBootstrap: async () => undefined,
  forgetBootstraps: async () => undefined,
  rememberReady: async () => undefined,
};

/** The same work where Kong logs in by a token of its own: no check, no lock, no memory; `kong migrations` decides. */
export async function withoutDatabaseChecks<T>(work: Work, action: (session: Session) => Promise<T>): Promise<T> {
  work.world.log.info(
    'the login to PostgreSQL is by a token, which kong migrations gets by itself: no wait, no lock, and no check of the database',
  );
  const connection = connectionSettings(work);
  return withPrivatePrefix((prefix) => {
    const kong = openKongMigrations(work, prefix, new AbortController().signal);
    return action({
      kong,
      readState: () => kong.readState(),
      memory: noMemory,
      name: nameSchema(connection, connection.schema ?? 'public'),
      kongVersion: work.kongVersion ?? 'unknown',
      waitUntilWritable: async () => undefined,
      rememberReady: async () => undefined,
      isSchemaBegun: async () => true,
    });
  });
}
