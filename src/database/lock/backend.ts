/** A session of somebody else's in the server, as far as this role may see it. */
export type Backend = {
  readonly pid: number;
  readonly address: string | null;
  /** UTC: since when its transaction runs. */
  readonly since: string | null;
};

/** What to select for it, where `l` is pg_locks and `a` pg_stat_activity. */
export const BACKEND = `l.pid, host(a.client_addr) AS address, to_char(a.xact_start AT TIME ZONE 'UTC', 'HH24:MI:SS') AS since`;

/** `PostgreSQL process 4711 at 10.0.0.7 since 12:03:04 UTC`. */
export function nameBackend({ pid, address, since }: Backend): string {
  return `PostgreSQL process ${pid}${address === null ? '' : ` at ${address}`}${since === null ? '' : ` since ${since} UTC`}`;
}
