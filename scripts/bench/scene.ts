import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imageScripts } from '../../src/handover/published-scripts.ts';
import { emulatorKey, type SecretsManager, startSecretsManager } from '../../test/emulators/secrets-manager.ts';
import { createWorld, KONG_PASSWORD, KONG_USER, type World } from '../../test/world/world.ts';
import type { Environment, Places } from './contender.ts';
import { makePlaces, makeReached } from './places.ts';

/** What every contender meets: a real PostgreSQL, warm emulators of the vault, Kong or a stand-in of it. */
export type Scene = Place & {
  /** A start whose database is empty; another one for each call. */
  emptyDatabase(): Environment;
  /** References to secrets of a vault that takes 50 ms for an answer. */
  distant(secrets: number, references: number): Environment;
  close(): Promise<void>;
};

/** The part of it that is told by the process that it lives in. */
export type Place = {
  /** A folder for what is made on the way. */
  readonly folder: string;
  readonly places: Places;
  /** A start whose schema is there. */
  readonly environment: Environment;
  readonly emptyDatabases: readonly Environment[];
  readonly distantVault: Environment;
  /** What takes the place of the image's entry script: it ends at once, and so tells when it was reached. */
  readonly program: string;
  /** The image's entry script: that of `BENCH_ENTRY_SCRIPT`, that of this image, or the stand-in's; a real Kong may have none. */
  readonly script: string | undefined;
  /** The real Kong of `KONG_BIN`, or the stand-in. */
  readonly kong: string;
  readonly isRealKong: boolean;
};

export const secretName = 'kong-gateway-database';
const DISTANCE = 50;

/**
 * Sets the scene in a process of its own, so that the one that takes the time does nothing else, and is small: to start a program from a large
 * one takes milliseconds. `databases` is how many empty
 * ones there will be.
 */
export async function setScene(databases: number): Promise<Scene> {
  const child = fork(fileURLToPath(import.meta.url), ['scene', String(databases)]);
  const [place]: Place[] = await Promise.race([once(child, 'message'), once(child, 'exit').then(refuse)]);
  if (place === undefined) throw new TypeError('the first message is the scene');
  const empty = [...place.emptyDatabases];
  return {
    ...place,
    emptyDatabase() {
      const environment = empty.pop();
      if (environment === undefined) throw new Error(`more starts on an empty database than ${databases}`);
      return environment;
    },
    distant: (secrets, references) => ({ ...place.distantVault, ...refer(secrets, references) }),
    async close() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

function refuse(): never {
  throw new Error('the scene could not be set; its own lines above say why');
}

/** The stand-in's Lua files show the migrations, as those of open-source Kong do, so that a start can remember that the schema is ready. */
async function openPlace(
  databases: number,
  { PATH = '', KONG_BIN = '', BENCH_ENTRY_SCRIPT = '' }: NodeJS.ProcessEnv,
): Promise<World> {
  const world = await createWorld({ kong: { edition: 'open-source' } });
  const near = await startSecretsManager();
  const far = await startSecretsManager({ latency: DISTANCE });
  near.putSecret(secretName, JSON.stringify({ pg_user: KONG_USER, pg_password: KONG_PASSWORD }));
  for (const index of Array(20).keys()) far.putSecret(`secret-${index}`, '{"key":"a value"}');
  const kong = KONG_BIN === '' ? world.kong.kong : KONG_BIN;
  if (KONG_BIN !== '' && basename(kong) !== 'kong') throw new Error(`KONG_BIN=${KONG_BIN}: not a program called kong`);
  const common = { PATH: `${dirname(kong)}${delimiter}${PATH}`, HOME: '/nonexistent', KONG_VERSION: '3.9.3' };
  const onDatabase = async (): Promise<Environment> => ({
    ...(await world.createKongDatabase()),
    ...common,
    ...vaultVariables(near),
    KONG_PG_USER: `{vault://aws/${secretName}/pg_user}`,
    KONG_PG_PASSWORD: `{vault://aws/${secretName}/pg_password}`,
  });
  const environment = await onDatabase();
  const emptyDatabases: Environment[] = [];
  while (emptyDatabases.length < databases) emptyDatabases.push(await onDatabase());
  const distantVault = { ...common, ...vaultVariables(far) };
  const { folder } = world;
  const places = await makePlaces(folder);
  const program = makeReached(join(folder, 'reached'));
  process.send?.({
    folder,
    places,
    environment,
    emptyDatabases,
    distantVault,
    program,
    script: BENCH_ENTRY_SCRIPT || (KONG_BIN === '' ? world.kong.entryScript : imageScripts.find(existsSync)),
    kong,
    isRealKong: KONG_BIN !== '',
  });
  return world;
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

if (process.argv[2] === 'scene') {
  const world = await openPlace(Number(process.argv[3]), process.env);
  process.once('disconnect', async () => {
    await world.close();
    process.exit(0);
  });
}
