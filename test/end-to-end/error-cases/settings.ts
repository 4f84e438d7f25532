import type { Changes, ErrorCase } from './error-case.ts';

function password(reference: string): () => Changes {
  return () => ({ KONG_PG_USER: 'kong', KONG_PG_PASSWORD: reference });
}

const unreadable = 'hint: check the path, the mount, and that the user of the container may read the file';

/** Kong's settings, the files that they name, and the references in them. */
export const settingsCases: readonly ErrorCase[] = [
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
      'error: KONG_PG_PASSWORD: "my-vault" is no vault backend, so it would be a Vault entity: {vault://my-vault/database/pg_password}',
      'hint: entities live in the database, which needs this setting first; use {vault://env/...} or {vault://aws/...}',
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
    situation: 'KONG_VAULTS without aws',
    make: () => ({ KONG_PG_USER: 'kong', KONG_VAULTS: 'env' }),
    exitCode: 78,
    lines: [
      'error: KONG_PG_PASSWORD: the aws vault is not enabled by KONG_VAULTS: {vault://aws/kong-gateway-database/pg_password}',
      'hint: add aws to KONG_VAULTS, or set it to bundled',
    ],
  },
  {
    situation: 'an availability zone for a region',
    make: () => ({ KONG_PG_USER: 'kong', KONG_VAULT_AWS_REGION: 'eu-central-1a' }),
    exitCode: 78,
    lines: [
      'error: KONG_VAULT_AWS_REGION: this is text of another form: {vault://aws/kong-gateway-database/pg_password}',
      'hint: give the name of a region, such as eu-central-1',
    ],
  },
];
