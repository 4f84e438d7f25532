import { isKongBefore, isKongSince } from './kong-version.ts';

/** Kong's defaults (templates/kong_defaults.lua, 3.9) for the settings that this program reads. */
const defaults: Readonly<Record<string, string>> = {
  prefix: '/usr/local/kong/',
  log_level: 'notice',
  vaults: 'bundled',
  plugins: 'bundled',
  database: 'postgres',
  role: 'traditional',
  lua_ssl_trusted_certificate: 'system',
  lua_package_path: './?.lua;./?/init.lua;',
  pg_host: '127.0.0.1',
  pg_port: '5432',
  pg_database: 'kong',
  pg_timeout: '5000',
  pg_user: 'kong',
  pg_ssl: 'off',
  pg_ssl_required: 'off',
  pg_ssl_verify: 'off',
  pg_max_concurrent_queries: '0',
  pg_semaphore_timeout: '60000',
  pg_iam_auth: 'off',
  pg_azure_auth: 'off',
  pg_gcp_auth: 'off',
  pg_oauth_auth: 'off',
};

/** The defaults of a Kong version, as text. Unset is 3.9. A setting that has none is absent. */
export function defaultsOf(kongVersion: string | undefined): ReadonlyMap<string, string> {
  const ofVersion = new Map(Object.entries(defaults));
  if (isKongBefore(kongVersion, 3, 0)) ofVersion.delete('lua_ssl_trusted_certificate');
  if (isKongSince(kongVersion, 3, 14)) ofVersion.set('pg_ssl_verify', 'on');
  return ofVersion;
}
