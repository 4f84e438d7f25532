import { asSecret, type KnownSettings } from '../references/known-settings.ts';
import { authenticatesByToken } from '../references/needed.ts';
import type { Secret } from '../secret.ts';
import type { KongSettings } from '../settings/kong-settings.ts';

/** How Kong would connect to its database. */
export type ConnectionSettings = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret | undefined;
  readonly database: string;
  /** `pg_schema`; unset is the first schema of the role's search path. */
  readonly schema: string | undefined;
  /** Milliseconds for connecting; never without a bound. */
  readonly timeout: number;
  /** Whether one of `pg_*_auth` replaces the password by a token. */
  readonly authenticatesByToken: boolean;
  readonly typed: KongSettings;
};

/** Kong's own default for `pg_timeout`. */
const DEFAULT_TIMEOUT = 5000;

/** The settings of the connection as they are known now; what cannot be right was told before. */
export function readConnectionSettings({ typed, kong }: KnownSettings): ConnectionSettings {
  const byToken = authenticatesByToken(typed);
  return {
    host: typed.pg_host ?? '127.0.0.1',
    port: typed.pg_port ?? 5432,
    user: typed.pg_user ?? 'kong',
    password: byToken ? undefined : asSecret(kong.get('pg_password')?.value),
    database: typed.pg_database ?? 'kong',
    schema: typed.pg_schema,
    timeout: typed.pg_timeout || DEFAULT_TIMEOUT,
    authenticatesByToken: byToken,
    typed,
  };
}

/** `kong@db.example:5432/kong`: how messages name the connection. Nothing of it is secret. */
export function nameConnection({ user, host, port, database }: ConnectionSettings): string {
  return `${user}@${host}:${port}/${database}`;
}
