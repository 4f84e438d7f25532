import { REFERENCES } from '../how-to-start.ts';

/** An environment that a team may have, beside what Kong's how-to sets: its name is that of its golden files. */
export type GoldenEnvironment = {
  readonly name: string;
  readonly about: string;
  /** Options of ours. */
  readonly options?: readonly string[];
  /** The container's command; the image's own when absent. */
  readonly words?: readonly string[];
  /** Undefined takes a variable away. `FOLDER` is where the files are. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly edition?: 'open-source';
};

const role = 'arn:aws:iam::123456789012:role/kong-secrets';
const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:kong-gateway-database-AbCdEf';

/** One set of settings, asked about for each version of Kong: TLS to the server, and to Vault, that nobody verifies. */
const byVersion = ['3.4.3.21', '3.9.1', '3.10.0.6', '3.14.0.0', '3.15.0.0'].map((version) => ({
  name: `kong-${version.split('.', 2).join('.')}`,
  about: `the same settings with Kong ${version}`,
  variables: {
    KONG_VERSION: version,
    KONG_PG_SSL: 'on',
    KONG_LICENSE_DATA: '{vault://hcv/kong-licence/}',
    KONG_SSL_CERT: '{vault://aws/tls/cert}',
    KONG_VAULT_AWS_TTL: '300',
    KONG_VAULT_HCV_TTL: '300',
    KONG_VAULT_HCV_PROTOCOL: 'https',
    KONG_VAULT_HCV_SSL_VERIFY: 'off',
    KONG_VAULT_HCV_PORT: '9',
  },
}));

/** A role of its own for migrations. The database is still Kong's, which a check warns of. */
const migrator = {
  KONG_ENTRYPOINT_MIGRATOR_PG_USER: '{vault://aws/kong-migrator/user}',
  KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD: '{vault://aws/kong-migrator/password}',
};

export const environments: readonly GoldenEnvironment[] = [
  ...byVersion,
  { name: 'how-to', about: "the variables of Kong's how-to" },
  {
    name: 'kong-conf',
    about: 'references in a kong.conf',
    words: ['kong', 'start', '-c', 'FOLDER/kong.conf'],
    variables: { KONG_PG_USER: undefined, KONG_PG_PASSWORD: undefined, KONG_VAULT_AWS_REGION: undefined },
    files: {
      'kong.conf': `pg_user = ${REFERENCES.KONG_PG_USER}\npg_password = ${REFERENCES.KONG_PG_PASSWORD} # of RDS\nvault_aws_region = eu-central-1\nadmin_listen = 0.0.0.0:8001\n`,
    },
  },
  {
    name: 'file',
    about: 'the password reference in a _FILE',
    variables: { KONG_PG_PASSWORD: undefined, KONG_PG_PASSWORD_FILE: 'FOLDER/reference', KONG_VAULT_AWS_TTL: '300' },
    files: { reference: `${REFERENCES.KONG_PG_PASSWORD}\n` },
  },
  {
    name: 'rds-managed',
    about: 'a secret that RDS manages, and a licence beside it',
    variables: {
      KONG_PG_USER: '{vault://aws/rds!db-0a1b2c3d/username}',
      KONG_PG_PASSWORD: '{vault://aws/rds!db-0a1b2c3d/password}',
      KONG_LICENSE_DATA: '{vault://aws/kong-licence/}',
      KONG_PASSWORD: '{vault://aws/kong-admin/password}',
      KONG_VERSION: '3.10.0.2',
    },
  },
  {
    name: 'iam-auth',
    about: 'a login by IAM token, so that no password is needed',
    variables: { KONG_PG_USER: 'kong', KONG_PG_PASSWORD: undefined, KONG_PG_IAM_AUTH: 'on', KONG_VERSION: '3.14.0.0' },
  },
  {
    name: 'open-source',
    about: 'open-source Kong, which gets values',
    edition: 'open-source',
    options: ['--handover', 'values'],
    variables: { KONG_SSL_CERT: '{vault://aws/tls/cert}' },
  },
  {
    name: 'open-source-references',
    about: 'open-source Kong, about to get references that it cannot dereference',
    edition: 'open-source',
  },
  {
    name: 'native',
    about: "a start without the image's script",
    options: ['--start', 'native'],
    words: ['kong', 'docker-start', '-v'],
    variables: { KONG_PREFIX: 'FOLDER/prefix' },
  },
  { name: 'data-plane', about: 'a hybrid data plane', variables: { KONG_ROLE: 'data_plane' } },
  {
    name: 'blanked',
    about: 'references that the migrations do not need, and a role that is taken on',
    variables: {
      KONG_SSL_CERT: '{vault://hcv/tls/cert}',
      KONG_SSL_CERT_KEY: '{vault://hcv/tls/key}',
      KONG_VAULT_AWS_ASSUME_ROLE_ARN: role,
      KONG_VAULT_AWS_STS_ENDPOINT_URL: 'http://127.0.0.1:9',
    },
  },
  {
    name: 'other-region',
    about: 'the ARN of another region, of a version before',
    options: ['--migrations', 'up'],
    variables: {
      KONG_PG_USER: 'kong',
      KONG_PG_PASSWORD: `{vault://aws/${arn}/pg_password#2}`,
      KONG_VAULT_AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    },
  },
  {
    name: 'env-vault',
    about: 'the env vault, with a prefix and a JSON key',
    options: ['--migrations', 'finish'],
    variables: {
      KONG_PG_USER: 'kong',
      KONG_PG_PASSWORD: '{vault://env/database/password}',
      KONG_VAULT_ENV_PREFIX: 'MY_',
      MY_DATABASE: '{"password":"correct horse battery staple"}',
    },
  },
  {
    name: 'temporary',
    about: 'temporary AWS credentials that somebody pasted, and a secret id of HashiCorp Vault',
    options: ['--handover', 'values'],
    variables: {
      AWS_SESSION_TOKEN: 'hunter2-session',
      KONG_SSL_CERT: '{vault://hcv/tls/cert}',
      KONG_VAULT_HCV_AUTH_METHOD: 'approle',
      KONG_VAULT_HCV_PORT: '9',
    },
  },
  { name: 'wait', about: 'a replica that waits for the migrations of others', options: ['--migrations', 'wait'] },
  { name: 'two-roles', about: 'a role of its own for migrations', variables: migrator },
  {
    name: 'two-roles-task',
    about: 'a one-shot migration task with a role of its own, told the name of the role of Kong',
    words: ['kong', 'migrations', 'up'],
    variables: { ...migrator, KONG_PG_USER: 'kong', KONG_PG_PASSWORD: undefined },
  },
  {
    name: 'two-roles-wait',
    about: 'a replica that waits, with a role for migrations that it does not use',
    options: ['--migrations', 'wait'],
    variables: migrator,
  },
  { name: 'off', about: 'the policy off', options: ['--migrations', 'off'] },
  { name: 'one-shot', about: 'a one-shot migration task', words: ['kong', 'migrations', 'up'] },
  { name: 'config', about: 'kong config, which gets values', words: ['kong', 'config', 'db_export'] },
  { name: 'shell', about: 'another program', words: ['sh', '-c', 'true'], variables: { KONG_PG_PORT: 'nonsense' } },
  {
    name: 'tls',
    about: 'verified TLS to a server that has none',
    variables: { KONG_PG_SSL: 'on', KONG_PG_SSL_REQUIRED: 'on', KONG_PG_SSL_VERIFY: 'on', KONG_VAULT_AWS_TTL: '300' },
  },
  {
    name: 'wrong-key',
    about: 'a key that the secret does not have',
    variables: { KONG_PG_PASSWORD: '{vault://aws/kong-gateway-database/pg_pasword}' },
  },
  {
    name: 'errors',
    about: 'all kinds of errors at once',
    variables: {
      KONG_PG_USER: '{vault://aws}',
      KONG_PG_PASSWORD: '{vault://my-vault/database/password}',
      KONG_PG_PORT: 'nonsense',
      KONG_PG_SSL: 'yes',
      KONG_ENTRYPOINT_MIGRATION: 'up',
    },
  },
];
