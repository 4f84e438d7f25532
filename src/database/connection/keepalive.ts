import type { Socket } from 'node:net';
import type { Client } from 'pg';

/**
 * Both ends probe an idle connection after 15 s and then every 5 s, and close it after three unanswered probes. Otherwise a node that
 * vanishes without a FIN would keep its session, and the lock with it, for the two hours of the system's own keepalive.
 */
const IDLE = 15_000;
const INTERVAL = 5000;
const COUNT = 3;
/** Data that stays unacknowledged for so long ends a connection as well. */
const USER_TIMEOUT = 30_000;

/** PostgreSQL's names and values; `tcp_user_timeout` exists from PostgreSQL 12 on. */
export const serverKeepalive: Readonly<Record<string, string>> = {
  tcp_keepalives_idle: String(IDLE / 1000),
  tcp_keepalives_interval: String(INTERVAL / 1000),
  tcp_keepalives_count: String(COUNT),
  tcp_user_timeout: String(USER_TIMEOUT),
};

/** Our end. Node has no TCP_USER_TIMEOUT: every statement has a bound of its own instead. */
export function keepAlive(socket: Socket): Socket {
  return socket.once('connect', () =>
    socket.setKeepAlive({ enable: true, initialDelay: IDLE, interval: INTERVAL, count: COUNT }),
  );
}

/**
 * The server's end, for the whole session, in one statement. Behind a pooler it sets nothing: the server's peer is the pooler then, a setting
 * of the session would stay with a connection that others get next, and RDS Proxy pins a connection for it.
 */
export async function keepServerAlive(client: Client): Promise<void> {
  await client.query(`${SET_WHERE_KNOWN} AND pg_backend_pid() = $4`, [
    ...wantedAs(serverKeepalive, 'session'),
    processIdOf(client),
  ]);
}

/** Whether there is no pooler in between, which would give out process ids of its own. Asks the server. */
export async function isDirect(client: Client): Promise<boolean> {
  const { rows } = await client.query('SELECT pg_backend_pid() = $1 AS direct', [processIdOf(client)]);
  return rows[0]?.direct === true;
}

/** Sets those of these settings that the server knows. */
export async function setWhereKnown(
  client: Client,
  settings: Readonly<Record<string, string>>,
  scope: Scope,
): Promise<void> {
  await client.query(SET_WHERE_KNOWN, wantedAs(settings, scope));
}

type Scope = 'session' | 'transaction';

/** `current_setting` recognises an unknown name without a scan of `pg_settings`. */
const SET_WHERE_KNOWN = `SELECT set_config(name, value, $3) FROM unnest($1::text[], $2::text[]) AS wanted (name, value)
  WHERE current_setting(name, true) IS NOT NULL`;

function wantedAs(settings: Readonly<Record<string, string>>, scope: Scope): unknown[] {
  return [Object.keys(settings), Object.values(settings), scope === 'transaction'];
}

/** The process id that the server, or a pooler, gave at the login. The driver's types omit it. */
function processIdOf(client: Client): unknown {
  return 'processID' in client ? client.processID : undefined;
}
