import { writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { emulatorKey, type SecretsManager, startSecretsManager } from '../../test/emulators/secrets-manager.ts';
import { createWorld, KONG_PASSWORD, KONG_USER, type World } from '../../test/world/world.ts';

export type Environment = Readonly<Record<string, string>>;

/** What every contender meets: a real PostgreSQL, warm emulators of the vault, Kong or a stand-in of it. */
export type Scene = {
  readonly world: World;
  /** A start whose schema is there. */
  readonly environment: Environment;
  /** A start whose database is empty. */
  emptyDatabase(): Promise<Environment>;
  /** References to secrets of a vault that takes 50 ms for an answer. */
  distant(secrets: number, references: number): Environment;
  /** What takes the place of the image's entry script: it ends at once, and so tells when it was reached. */
  readonly program: string;
  /** The real Kong of `KONG_BIN`, or the stand-in. */
  readonly kong: string;
  readonly isRealKong: boolean;
  close(): Promise<void>;
};

export const secretName = 'kong-gateway-database';
const DISTANCE = 50;

/** The stand-in's Lua files show the migrations, as those of open-source Kong do, so that a start can remember that the schema is ready. */
export async function setScene({ PATH = '', KONG_BIN = '' }: NodeJS.ProcessEnv): Promise<Scene> {
  const world = await createWorld({ kong: { edition: 'open-source' } });
  const near = await startSecretsManager();
  const far = await startSecretsManager({ latency: DISTANCE });
  near.putSecret(secretName, JSON.stringify({ pg_user: KONG_USER, pg_password: KONG_PASSWORD }));
  for (const index of Array(20).keys()) far.putSecret(`secret-${index}`, '{"key":"a value"}');
  const program = join(world.folder, 'reached');
  writeFileSync(program, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  const kong = KONG_BIN === '' ? world.kong.kong : KONG_BIN;
  if (KONG_BIN !== '' && basename(kong) !== 'kong') throw new Error(`KONG_BIN=${KONG_BIN}: not a program called kong`);
  const common = { PATH: `${dirname(kong)}${delimiter}${PATH}`, HOME: '/nonexistent', KONG_VERSION: '3.9.3' };
  const emptyDatabase = async () => ({
    ...(await world.createKongDatabase()),
    ...common,
    ...vaultVariables(near),
    KONG_PG_USER: `{vault://aws/${secretName}/pg_user}`,
    KONG_PG_PASSWORD: `{vault://aws/${secretName}/pg_password}`,
  });
  return {
    world,
    environment: await emptyDatabase(),
    emptyDatabase,
    distant: (secrets, references) => ({ ...common, ...vaultVariables(far), ...refer(secrets, references) }),
    program,
    kong,
    isRealKong: KONG_BIN !== '',
    close: async () => void (await Promise.all([near.close(), far.close(), world.close()])),
  };
}

function vaultVariables({ region, url }: SecretsManager): Environment {
  return {
    KONG_VAULT_AWS_REGION: region,
    KONG_VAULT_AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: emulatorKey.id,
    AWS_SECRET_ACCESS_KEY: emulatorKey.secret,
  };
}

/** Settings that only Kong itself would need, one reference each. */
function refer(secrets: number, references: number): Environment {
  const rows = [...Array(references).keys()].map((index) => {
    return [`KONG_NGINX_HTTP_X_${index}`, `{vault://aws/secret-${index % secrets}/key}`] as const;
  });
  return Object.fromEntries(rows);
}
