import type { DereferencedValues } from '../references/dereference.ts';
import { authenticatesByToken } from '../references/needed.ts';
import { withValues } from '../references/with-values.ts';
import { Secret } from '../secret.ts';
import type { KongConfiguration } from '../settings/kong-configuration.ts';
import { type KongSettings, typeSettings } from '../settings/kong-settings.ts';

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

/** The settings of the connection, with the values of their references in place; what cannot be right was told before. */
export function readConnectionSettings(
  configuration: KongConfiguration,
  values: DereferencedValues,
  kongVersion: string | undefined,
): ConnectionSettings {
  const settings = withValues(configuration.settings, values);
  const typed = typeSettings(settings, { kongVersion, unset: configuration.unset });
  const password = authenticatesByToken(typed) ? undefined : typed.pg_password;
  return {
    host: typed.pg_host ?? '127.0.0.1',
    port: typed.pg_port ?? 5432,
    user: typed.pg_user ?? 'kong',
    password: password === undefined ? undefined : new Secret(password),
    database: typed.pg_database ?? 'kong',
    schema: typed.pg_schema,
    timeout: typed.pg_timeout || DEFAULT_TIMEOUT,
    authenticatesByToken: authenticatesByToken(typed),
    typed: { ...typed, pg_password: '' },
  };
}

/** `kong@db.example:5432/kong`: how messages name the connection. Nothing of it is secret. */
export function nameConnection({ user, host, port, database }: ConnectionSettings): string {
  return `${user}@${host}:${port}/${database}`;
}
