import { isAdminKey } from '../settings/admin-settings.ts';
import type { KongSettings } from '../settings/kong-settings.ts';
import { isMigratorKey, migratorKeys } from '../settings/migrator-settings.ts';

/** Who logs in: Kong's own role. */
const loginKeys = new Set(['pg_user', 'pg_password']);

/** The other settings of a connection to Kong's database, ours and that of `kong migrations` (Kong's database documentation). */
const connectionKeys = new Set([
  'pg_host',
  'pg_port',
  'pg_timeout',
  'pg_database',
  'pg_schema',
  'pg_ssl',
  'pg_ssl_verify',
  'pg_ssl_required',
  'pg_ssl_version',
  'pg_ssl_cert',
  'pg_ssl_cert_key',
  'lua_ssl_trusted_certificate',
  'pg_max_concurrent_queries',
  'pg_semaphore_timeout',
  'pg_keepalive_timeout',
  'pg_pool_size',
  'pg_backlog',
]);
const connectionFamilies = /^pg_(?:iam_auth|azure|gcp|oauth)(?:_|$)/;

/** The other settings that `kong migrations` reads. `prefix` is not among them: the child gets its own. */
const childKeys = new Set([
  'database',
  'plugins',
  'vaults',
  'lua_package_path',
  'lua_package_cpath',
  'log_level',
  'license_data',
]);
const childFamilies = /^(?:dns|resolver)_/;

/**
 * The step at which a reference is needed; a reference that no step needs is blanked in the child's environment. Beside the rest of the
 * connection a login needs those of one role: Kong's own (`login`), or the one that migrates (`migrator`).
 */
export type NeededFor = 'provisioning' | 'connection' | 'login' | 'migrator' | 'child' | 'bootstrap' | 'nothing';

/** The step that needs this setting. A login by token needs no password. */
export function neededFor(key: string, typed: KongSettings): NeededFor {
  const isPassword = key === 'pg_password' || key === migratorKeys.password;
  if (isPassword && tokenSettingOf(typed) !== undefined) return 'nothing';
  if (loginKeys.has(key)) return 'login';
  if (isMigratorKey(key)) return 'migrator';
  if (connectionKeys.has(key) || connectionFamilies.test(key)) return 'connection';
  if (childKeys.has(key) || childFamilies.test(key)) return 'child';
  if (isAdminKey(key)) return 'provisioning';
  return key === 'password' ? 'bootstrap' : 'nothing';
}

/** Enterprise's settings that replace the password by a token. */
const tokenSettings = ['pg_iam_auth', 'pg_azure_auth', 'pg_gcp_auth', 'pg_oauth_auth'] as const;
export type TokenSetting = (typeof tokenSettings)[number];
/** Those whose token this program gets as well; that of `pg_oauth_auth` needs SASL OAUTHBEARER, which only Kong speaks. */
export type OurTokenSetting = Exclude<TokenSetting, 'pg_oauth_auth'>;

/** The setting that replaces the password by a token; undefined where none is on. */
export function tokenSettingOf(typed: KongSettings): TokenSetting | undefined {
  return tokenSettings.find((key) => typed[key] === true);
}
