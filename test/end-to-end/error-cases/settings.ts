import { dirname } from 'node:path';
import { bothReferences, bothSettings, type Changes, type ErrorCase, type Setting } from './error-case.ts';

function password(reference: string): () => Changes {
  return () => ({ KONG_PG_USER: 'kong', KONG_PG_PASSWORD: reference });
}

/** A folder with one file in it, which is the prefix of the fs vault. */
function folderOf({ file }: Setting): string {
  return dirname(file('secrets/pg_user', 'hunter2'));
}

const unreadable = 'hint: check the path, the mount, and that the user of the container may read the file';

const switchHint = 'hint: give on, off, true or false, in lower case; Kong silently treats any other value as off';
const pemHint = 'hint: give the path of a PEM file that the user of the container may read';
const numberHint = (largest: number): string =>
  `hint: give a whole number from 0 to ${largest}; a reference must stand for one, as a JSON string`;

/** A setting of the connection, a value that cannot be meant, and what is said of it. */
const nonsense: readonly (readonly [variable: string, value: string, message: string, hint: string])[] = [
  [
    'KONG_DATABASE',
    'cassandra',
    'the value is not postgres, the one database that can be prepared here',
    'hint: give postgres, or off for a Kong without a database; KONG_ENTRYPOINT_MIGRATIONS=off leaves the database alone',
  ],
  [
    'KONG_PG_HOST',
    'postgres://db/kong',
    'the value is not the name of a host',
    'hint: give a name or an address alone: the port is KONG_PG_PORT, and the folder of a socket begins with /',
  ],
  ['KONG_PG_PORT', 'nonsense', 'the value is not a port', numberHint(65_535)],
  ...[
    'KONG_PG_TIMEOUT',
    'KONG_PG_MAX_CONCURRENT_QUERIES',
    'KONG_PG_SEMAPHORE_TIMEOUT',
    'KONG_PG_KEEPALIVE_TIMEOUT',
    'KONG_PG_POOL_SIZE',
    'KONG_PG_BACKLOG',
  ].map((variable) => [variable, '5s', 'the value is not a whole number', numberHint(2_147_483_647)] as const),
  ...[
    'KONG_PG_SSL',
    'KONG_PG_SSL_REQUIRED',
    'KONG_PG_SSL_VERIFY',
    'KONG_PG_IAM_AUTH',
    'KONG_PG_AZURE_AUTH',
    'KONG_PG_GCP_AUTH',
    'KONG_PG_OAUTH_AUTH',
  ].map((variable) => [variable, 'True', 'the value is neither on nor off', switchHint] as const),
  [
    'KONG_PG_SSL_VERSION',
    'tlsv9',
    'the value is not a TLS version that Kong accepts',
    'hint: give one of: tlsv1_1, tlsv1_2, tlsv1_3, any',
  ],
  ['KONG_PG_SSL_CERT', '/absent/cert.pem', 'the file cannot be read: there is no such file', pemHint],
  ['KONG_PG_SSL_CERT_KEY', '/absent/key.pem', 'the file cannot be read: there is no such file', pemHint],
];
const everyConnectionSetting = Object.fromEntries(nonsense.map(([variable, value]) => [variable, value]));
/** In the order of the environment: what the how-to sets already comes first. */
const connectionLines = [...nonsense]
  .sort(([one], [other]) => orderOf(one) - orderOf(other))
  .flatMap(([variable, , message, hint]) => [`error: ${variable}: ${message}`, hint]);

function orderOf(variable: string): number {
  return ['KONG_PG_HOST', 'KONG_PG_PORT'].indexOf(variable) === -1 ? 1 : 0;
}

/** Kong's settings, the files that they name, and the references in them. */
export const settingsCases: readonly ErrorCase[] = [
  {
    situation: 'what Kong 3.14 refuses, before anything is migrated for it',
    make: () => ({ KONG_VERSION: '3.14.0.0', KONG_PG_SSL: 'on', KONG_PG_SSL_VERIFY: 'off' }),
    options: ['--migrations', 'up'],
    exitCode: 78,
    lines: [
      'error: KONG_PG_SSL_VERIFY: it is off while pg_ssl is on, and Kong refuses that: tls_certificate_verify is on by default from 3.14',
      'hint: set KONG_PG_SSL_VERIFY=on, with the authority of the server in KONG_LUA_SSL_TRUSTED_CERTIFICATE; KONG_TLS_CERTIFICATE_VERIFY=off would take the check from every connection of Kong',
    ],
  },
  {
    situation: 'a malformed reference',
    make: password('{vault://aws}'),
    exitCode: 78,
    lines: [
      'error: KONG_PG_PASSWORD: no secret is named in {vault://aws}',
      'hint: write {vault://<backend>/<secret>/<key>}, as in {vault://aws/kong-gateway-database/pg_password}',
    ],
  },
  {
    situation: 'the prefix of a Vault entity',
    make: password('{vault://my-vault/database/pg_password}'),
    exitCode: 78,
    lines: [
      'error: KONG_PG_PASSWORD: "my-vault" is not a vault backend, so it would be a Vault entity: {vault://my-vault/database/pg_password}',
      'hint: entities live in the database, which needs this setting first; name the backend itself, such as {vault://aws/...}, and set its options by KONG_VAULT_AWS_...',
    ],
  },
  {
    situation: 'the certificates of an Azure Key Vault',
    make: password('{vault://azure-certs/database}'),
    exitCode: 78,
    lines: [
      'error: KONG_PG_PASSWORD: the azure-certs vault holds TLS certificates, which are of no use for a database setting: {vault://azure-certs/database}',
      'hint: keep the value as a secret of the Key Vault, and refer to it by {vault://azure/...}',
    ],
  },
  {
    situation: 'the config store of Konnect',
    make: password('{vault://konnect/database/pg_password}'),
    exitCode: 78,
    lines: [
      'error: KONG_PG_PASSWORD: the konnect vault exists as a Vault entity only, and entities live in the database: {vault://konnect/database/pg_password}',
      'hint: keep the value in a backend that is known without the database, such as {vault://aws/...}',
    ],
  },
  {
    situation: 'a file outside the prefix, by ..',
    make: (setting) => ({
      ...password('{vault://fs/..%2Fpasswd}')(),
      KONG_VAULT_FS_PREFIX: folderOf(setting),
    }),
    exitCode: 78,
    lines: (setting) => [
      `error: KONG_PG_PASSWORD: the name leaves ${folderOf(setting)} through ..: {vault://fs/..%2Fpasswd}`,
      'hint: name a file below the prefix of the fs vault (KONG_VAULT_FS_PREFIX)',
    ],
  },
  {
    situation: 'a prefix in a reference that leaves the configured one',
    make: (setting) => ({
      ...password('{vault://fs/passwd?prefix=/etc}')(),
      KONG_VAULT_FS_PREFIX: folderOf(setting),
    }),
    exitCode: 78,
    lines: (setting) => [
      `error: KONG_PG_PASSWORD: the prefix /etc of the reference is not inside ${folderOf(setting)}, the configured prefix: {vault://fs/passwd?prefix=/etc}`,
      'hint: a reference may name a folder inside the configured prefix (KONG_VAULT_FS_PREFIX); to read elsewhere, configure it',
    ],
  },
  {
    situation: 'a backend in upper case',
    make: password('{vault://AWS/database/pg_password}'),
    exitCode: 78,
    lines: [
      'error: KONG_PG_PASSWORD: there is no vault "AWS": {vault://AWS/database/pg_password}',
      'hint: write aws: case matters to Kong',
    ],
  },
  {
    situation: 'several failures together',
    make: () => ({
      KONG_PG_USER: '{vault://aws/kong-gateway-database/user}',
      KONG_PG_PASSWORD: '{vault://env/pg-secret/pg_password}',
      KONG_PG_DATABASE: '{vault://}',
    }),
    exitCode: 78,
    lines: [
      'error: KONG_PG_DATABASE: no vault backend is named in {vault://}',
      'hint: name the backend after {vault://, as in {vault://aws/kong-gateway-database/pg_password}',
      'error: KONG_PG_PASSWORD: the variable PG_SECRET is not set: {vault://env/pg-secret/pg_password}',
      'hint: set PG_SECRET; the env vault reads the name in upper case with - as _, without a prefix (KONG_VAULT_ENV_PREFIX)',
      'error: KONG_PG_USER: secret key "user" not found in {vault://aws/kong-gateway-database/user}',
      'hint: the secret has the keys pg_password, pg_user',
    ],
  },
  {
    situation: 'a _FILE that is not there',
    make: () => ({ KONG_PG_PASSWORD: undefined, KONG_PG_PASSWORD_FILE: '/run/secrets/absent' }),
    exitCode: 78,
    lines: ['error: KONG_PG_PASSWORD_FILE: /run/secrets/absent cannot be read: there is no such file', unreadable],
  },
  {
    situation: 'a reference in a _FILE, whose key is missing',
    make: ({ file }) => ({
      KONG_PG_PASSWORD: undefined,
      KONG_PG_PASSWORD_FILE: file('reference', '{vault://aws/kong-gateway-database/nothing}\n'),
    }),
    exitCode: 65,
    lines: ({ file }) => [
      `error: KONG_PG_PASSWORD_FILE (${file('reference', '')}): secret key "nothing" not found in {vault://aws/kong-gateway-database/nothing}`,
      'hint: the secret has the keys pg_password, pg_user',
    ],
  },
  {
    situation: 'both KONG_X and KONG_X_FILE',
    make: ({ file }) => ({ KONG_PG_PASSWORD_FILE: file('password', 'hunter2-file') }),
    exitCode: 78,
    lines: [
      'error: KONG_PG_PASSWORD: KONG_PG_PASSWORD and KONG_PG_PASSWORD_FILE are both set',
      "hint: remove one of them; the image's own script refuses to start with both",
    ],
  },
  {
    situation: 'a kong.conf that is not there',
    words: ['kong', 'docker-start', '-c', '/etc/kong/absent.conf'],
    exitCode: 78,
    lines: ["error: the command's -c: /etc/kong/absent.conf cannot be read: there is no such file", unreadable],
  },
  {
    situation: 'a port that is none',
    make: () => ({ KONG_PG_PORT: '70000' }),
    exitCode: 78,
    lines: [
      'error: KONG_PG_PORT: the value is not a port',
      'hint: give a whole number from 0 to 65535; a reference must stand for one, as a JSON string',
    ],
  },
  {
    situation: 'a port from a secret that is none',
    make({ howTo }) {
      howTo.vault.putSecret('port', '{"port":"hunter2"}');
      return { KONG_PG_PORT: '{vault://aws/port/port}' };
    },
    exitCode: 78,
    lines: [
      'error: KONG_PG_PORT: the value is not a port: {vault://aws/port/port}',
      'hint: give a whole number from 0 to 65535; a reference must stand for one, as a JSON string',
    ],
  },
  {
    situation: 'nonsense in every setting of the connection, in one of ours and in a _FILE, all in one go',
    make: () => ({
      ...everyConnectionSetting,
      KONG_ENTRYPOINT_TIMEOUT: 'soon',
      KONG_PROXY_ERROR_LOG_FILE: '/absent/file',
      KONG_LUA_SSL_TRUSTED_CERTIFICATE: 'system,/absent/ca.pem',
    }),
    exitCode: 78,
    lines: [
      'error: KONG_ENTRYPOINT_TIMEOUT: the value is not a duration',
      'hint: give a number with ms, s, m or h, such as 500ms, 60s or 15m; a bare number is seconds',
      'error: KONG_PROXY_ERROR_LOG_FILE: /absent/file cannot be read: there is no such file',
      unreadable,
      ...connectionLines,
      'error: KONG_LUA_SSL_TRUSTED_CERTIFICATE: an element is neither system, a readable file of certificates, nor a certificate',
      'hint: give a comma list of: system, the path of a PEM file, a PEM text, or base64 of a PEM text',
    ],
  },
  {
    situation: 'KONG_VAULTS without aws',
    make: () => ({ KONG_VAULTS: 'env' }),
    exitCode: 78,
    lines: [
      `error: ${bothSettings}: the aws vault is not enabled by KONG_VAULTS: ${bothReferences}`,
      'hint: add aws to KONG_VAULTS, or set it to bundled',
    ],
  },
  {
    situation: 'an availability zone for a region',
    make: () => ({ KONG_PG_USER: 'kong', KONG_VAULT_AWS_REGION: 'eu-central-1a' }),
    exitCode: 78,
    lines: [
      'error: KONG_VAULT_AWS_REGION: this is malformed: {vault://aws/kong-gateway-database/pg_password}',
      'hint: give the name of a region, such as eu-central-1',
    ],
  },
];
