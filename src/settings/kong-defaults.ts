import { isKongBefore } from './kong-version.ts';

/** Kong's defaults that no version of 2.8 to 3.15 changed (templates/kong_defaults.lua, 3.9), for the settings that this program reads. */
const defaults: Readonly<Record<string, string>> = {
  prefix: '/usr/local/kong/',
  log_level: 'notice',
  vaults: 'bundled',
  plugins: 'bundled',
  database: 'postgres',
  role: 'traditional',
  lua_package_path: './?.lua;./?/init.lua;',
  pg_host: '127.0.0.1',
  pg_port: '5432',
  pg_database: 'kong',
  pg_timeout: '5000',
  pg_user: 'kong',
  pg_ssl: 'off',
  pg_ssl_required: 'off',
  pg_max_concurrent_queries: '0',
  pg_semaphore_timeout: '60000',
  pg_iam_auth: 'off',
  pg_azure_auth: 'off',
  pg_gcp_auth: 'off',
  pg_oauth_auth: 'off',
};

/** A default, and the version of Kong that brought it. */
export type VersionedDefault = { readonly since: readonly [major: number, minor: number]; readonly text: string };

/** The defaults that differ by version, the oldest first. A version before the first has none. docs/kong-versions.md has this table too. */
export const versionedDefaults: Readonly<Record<string, readonly VersionedDefault[]>> = {
  lua_ssl_trusted_certificate: [{ since: [3, 0], text: 'system' }],
  pg_ssl_verify: [
    { since: [2, 8], text: 'off' },
    { since: [3, 14], text: 'on' },
  ],
  tls_certificate_verify: [
    { since: [3, 13], text: 'off' },
    { since: [3, 14], text: 'on' },
  ],
};

/** What is assumed of an image that sets no `KONG_VERSION`. */
const ASSUMED_VERSION = '3.9';

/** The defaults of a Kong version, as text. Unset, or unreadable, is 3.9. A setting that has none is absent. */
export function defaultsOf(kongVersion: string | undefined): ReadonlyMap<string, string> {
  const ofVersion = new Map(Object.entries(defaults));
  for (const [key, versions] of Object.entries(versionedDefaults)) {
    const newest = versions.findLast(({ since }) => !isKongBefore(readable(kongVersion), ...since));
    if (newest !== undefined) ofVersion.set(key, newest.text);
  }
  return ofVersion;
}

function readable(kongVersion: string | undefined): string {
  return /^v?\d+\.\d+/.test(kongVersion ?? '') ? (kongVersion ?? '') : ASSUMED_VERSION;
}
