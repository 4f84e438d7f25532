import { asSecret, type KnownSettings } from '../references/known-settings.ts';
import { type TokenSetting, tokenSettingOf } from '../references/needed.ts';
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
  /** Which of `pg_*_auth` replaces the password by a token, if one does. */
  readonly tokenSetting: TokenSetting | undefined;
  /** What that token is asked for with: a client secret of Azure, or the key of a service account of Google. */
  readonly tokenSecret: Secret | undefined;
  readonly typed: KongSettings;
};

/** Kong's own default for `pg_timeout`. */
const DEFAULT_TIMEOUT = 5000;

/** The settings of the connection as they are known now; what cannot be right was told before. */
export function readConnectionSettings({ typed, kong }: KnownSettings): ConnectionSettings {
  const tokenSetting = tokenSettingOf(typed);
  const secretOf = (key: string): Secret | undefined => asSecret(kong.get(key)?.value);
  return {
    host: typed.pg_host ?? '127.0.0.1',
    port: typed.pg_port ?? 5432,
    user: typed.pg_user ?? 'kong',
    password: tokenSetting === undefined ? secretOf('pg_password') : undefined,
    database: typed.pg_database ?? 'kong',
    schema: typed.pg_schema,
    timeout: typed.pg_timeout || DEFAULT_TIMEOUT,
    tokenSetting,
    tokenSecret: secretOf(tokenSetting === 'pg_azure_auth' ? 'pg_azure_client_secret' : 'pg_gcp_service_account_json'),
    typed,
  };
}

/** `kong@db.example:5432/kong`: how messages name the connection. Nothing of it is secret. */
export function nameConnection({ user, host, port, database }: ConnectionSettings): string {
  return `${user}@${host}:${port}/${database}`;
}
