import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SecretsManager, startSecretsManager } from '../../test/emulators/secrets-manager.ts';
import type { AccessKey } from '../../test/emulators/signature-v4.ts';
import { freePort } from '../../test/world/free-port.ts';
import { type Postgresql, startPostgresql } from '../../test/world/postgresql.ts';
import { type DemoKong, findKong } from './kong.ts';

/** All that a container would meet: a database, a vault, a Kong, and the variables that it is given. */
export type Stage = {
  /** Everything that is written is below it. */
  readonly folder: string;
  readonly postgresql: Postgresql;
  readonly secretsManager: SecretsManager;
  readonly kong: DemoKong;
  /** What must be found nowhere. */
  readonly password: string;
  readonly adminUrl: string;
  readonly environment: Readonly<Record<string, string>>;
};

export const secretName = 'kong-gateway-database';
export const databaseUser = 'kong_gateway';
export const references = {
  KONG_PG_USER: `{vault://aws/${secretName}/pg_user}`,
  KONG_PG_PASSWORD: `{vault://aws/${secretName}/pg_password}`,
} as const;

const database = 'kong';

/**
 * Sets the stage. `cleanUp` collects what takes each part of it away again, also where a later part fails. `say` is given each part that
 * takes a while, before it begins.
 */
export async function setStage(
  cleanUp: (undo: () => Promise<void>) => void,
  say: (part: string) => void = () => undefined,
): Promise<Stage> {
  const folder = makeFolder();
  cleanUp(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const kong = findKong(folder, process.env['PATH'] ?? '');
  const password = `demo-${randomBytes(18).toString('base64url')}`;
  const key = temporaryKey();
  say('starting the AWS emulator ...');
  const secretsManager = await startSecretsManager({ region: 'us-east-1', keys: [key] });
  cleanUp(() => secretsManager.close());
  secretsManager.putSecret(secretName, JSON.stringify({ pg_user: databaseUser, pg_password: password }));
  say('creating and starting a PostgreSQL server ...');
  const postgresql = await startPostgresql();
  cleanUp(() => postgresql.close());
  say('creating the role and the empty database ...');
  await postgresql.createRole(databaseUser, password);
  await postgresql.createDatabase(database, databaseUser);
  const adminPort = await freePort();
  return {
    folder,
    postgresql,
    secretsManager,
    kong,
    password,
    adminUrl: `http://127.0.0.1:${adminPort}/`,
    environment: {
      ...howTo(postgresql, key),
      ...here(folder, postgresql, secretsManager, adminPort),
      ...kong.variables,
    },
  };
}

/** The server runs under another account where this is root, so others may pass through. What follows is made in here. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kong-entrypoint-demo-'));
  chmodSync(folder, 0o755);
  process.env['TMPDIR'] = folder;
  return folder;
}

/** Temporary credentials, as the guide takes them from the AWS portal. They open nothing but the emulator. */
function temporaryKey(): Required<Omit<AccessKey, 'expires'>> {
  const [id, secret, sessionToken] = [12, 30, 60].map((size) => randomBytes(size).toString('hex'));
  return { id: `ASIA${id?.slice(0, 16).toUpperCase()}`, secret: secret ?? '', sessionToken: sessionToken ?? '' };
}

/** The variables of Kong's guide "Store the Kong Gateway database credentials with AWS Secrets Manager". */
function howTo({ host }: Postgresql, key: Required<Omit<AccessKey, 'expires'>>): Record<string, string> {
  return {
    KONG_DATABASE: 'postgres',
    KONG_PG_HOST: host,
    ...references,
    AWS_ACCESS_KEY_ID: key.id,
    AWS_SECRET_ACCESS_KEY: key.secret,
    AWS_SESSION_TOKEN: key.sessionToken,
    AWS_REGION: 'us-east-1',
  };
}

/** What is different on this machine: other ports, another vault, and a folder for what Kong writes. */
function here(
  folder: string,
  { port }: Postgresql,
  { url }: SecretsManager,
  adminPort: number,
): Record<string, string> {
  return {
    KONG_PG_PORT: String(port),
    KONG_VAULT_AWS_ENDPOINT_URL: url,
    KONG_PREFIX: join(folder, 'kong-prefix'),
    KONG_PROXY_LISTEN: 'off',
    KONG_ADMIN_GUI_LISTEN: 'off',
    KONG_ADMIN_LISTEN: `127.0.0.1:${adminPort}`,
  };
}
