import { AccessRefusedError } from '../../errors.ts';
import { PassingError } from './faults.ts';
import type { Link } from './link.ts';

/**
 * Waits for a server that can be written to, for as long as the database may be away: during a failover it is read-only. Every look is on a
 * new connection, since the host's name may lead to another server by then. Throws AccessRefusedError (77) if the server stays read-only.
 */
export async function waitUntilWritable({ run }: Pick<Link, 'run'>): Promise<void> {
  await run(async (client) => {
    const { rows } = await client.query(
      "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS readonly",
    );
    if (rows[0]?.readonly === true) throw new PassingError('it is read-only, as it is during a failover', readOnly());
  });
}

function readOnly(): AccessRefusedError {
  return new AccessRefusedError('the server is read-only, and this start has to write', {
    settingKey: 'pg_host',
    hint: 'give the writer endpoint of the database, not a reader; KONG_ENTRYPOINT_DATABASE_TIMEOUT sets how long to wait for a failover',
  });
}
