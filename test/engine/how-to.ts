import { emulatorKey, type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import { freePort } from '../world/free-port.ts';
import { type Postgresql, startPostgresql } from '../world/postgresql.ts';

/** What Kong's how-to sets up around a container, on the loopback of this machine. */
export type HowTo = {
  readonly postgresql: Postgresql;
  /** What must be found nowhere. */
  readonly password: string;
  /** The how-to's variables, for an empty database of its own, and where the Admin API of that Kong will be. */
  fresh(): Promise<{ readonly environment: Readonly<Record<string, string>>; readonly adminUrl: string }>;
  close(): Promise<void>;
};

const SECRET = 'kong-gateway-database';
const USER = 'kong_gateway';
const PASSWORD = 'found-nowhere-but-in-the-vault';

export const REFERENCES = {
  KONG_PG_USER: `{vault://aws/${SECRET}/pg_user}`,
  KONG_PG_PASSWORD: `{vault://aws/${SECRET}/pg_password}`,
} as const;

export async function createHowTo(): Promise<HowTo> {
  const vault = await startSecretsManager();
  vault.putSecret(SECRET, JSON.stringify({ pg_user: USER, pg_password: PASSWORD }));
  const postgresql = await startPostgresql();
  await postgresql.createRole(USER, PASSWORD);
  let databases = 0;
  return {
    postgresql,
    password: PASSWORD,
    async fresh() {
      databases += 1;
      const database = `kong_${databases}`;
      await postgresql.createDatabase(database, USER);
      const listen = `127.0.0.1:${await freePort()}`;
      return { environment: variables(postgresql, vault, database, listen), adminUrl: `http://${listen}/` };
    },
    async close() {
      await postgresql.close();
      await vault.close();
    },
  };
}

function variables(
  { host, port }: Postgresql,
  { region, url }: SecretsManager,
  database: string,
  adminListen: string,
): Record<string, string> {
  return {
    KONG_DATABASE: 'postgres',
    KONG_PG_HOST: host,
    KONG_PG_PORT: String(port),
    KONG_PG_DATABASE: database,
    ...REFERENCES,
    KONG_VAULT_AWS_REGION: region,
    KONG_VAULT_AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: emulatorKey.id,
    AWS_SECRET_ACCESS_KEY: emulatorKey.secret,
    AWS_REGION: region,
    KONG_PROXY_LISTEN: 'off',
    KONG_ADMIN_GUI_LISTEN: 'off',
    KONG_ADMIN_LISTEN: adminListen,
  };
}
