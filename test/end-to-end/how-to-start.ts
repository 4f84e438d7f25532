import { dirname } from 'node:path';
import {
  emulatorKey,
  type SecretsManager,
  type SecretsManagerOptions,
  startSecretsManager,
} from '../emulators/secrets-manager.ts';
import type { EntrypointOptions } from '../world/kong-entrypoint.ts';
import type { StandInOptions } from '../world/stand-in-kong/stand-in-kong.ts';
import { createWorld, KONG_PASSWORD, KONG_USER, type World } from '../world/world.ts';
import type { Program } from './programs.ts';

/** What Kong's how-to sets up: a database, a secret with its credentials, and an image. */
export type HowTo = {
  readonly world: World;
  readonly vault: SecretsManager;
  /** The how-to's variables, for a database of its own that nobody has bootstrapped. */
  freshEnvironment(): Promise<Variables>;
  close(): Promise<void>;
};

export type Variables = Readonly<Record<string, string>>;

export const SECRET = 'kong-gateway-database';
export const REFERENCES = {
  KONG_PG_USER: `{vault://aws/${SECRET}/pg_user}`,
  KONG_PG_PASSWORD: `{vault://aws/${SECRET}/pg_password}`,
} as const;

/** An Enterprise Kong unless another is asked for: only that has the backend `aws`. */
export async function createHowTo(
  kong: StandInOptions = { edition: 'enterprise' },
  aws: SecretsManagerOptions = {},
): Promise<HowTo> {
  const world = await createWorld({ kong });
  const vault = await startSecretsManager(aws);
  vault.putSecret(SECRET, JSON.stringify({ pg_user: KONG_USER, pg_password: KONG_PASSWORD }));
  return {
    world,
    vault,
    async freshEnvironment() {
      world.kong.configure({ faults: [] });
      world.kong.clearRecord();
      vault.recover();
      vault.calls.length = 0;
      vault.requests.length = 0;
      return {
        ...(await world.createKongDatabase()),
        ...REFERENCES,
        KONG_VAULT_AWS_REGION: vault.region,
        KONG_VAULT_AWS_ENDPOINT_URL: vault.url,
        AWS_ACCESS_KEY_ID: emulatorKey.id,
        AWS_SECRET_ACCESS_KEY: emulatorKey.secret,
        KONG_ENTRYPOINT_PROGRAM: world.kong.entryScript,
      };
    },
    async close() {
      await vault.close();
      await world.close();
    },
  };
}

/** `kong-entrypoint` with this command line in this environment. The world's folder, which is in the PATH of all that it starts, marks it. */
export function startOf(
  program: Program,
  args: readonly string[],
  environment: Variables,
): EntrypointOptions & { readonly environment: Variables } {
  return { program: program.words, args, environment, marker: dirname(environment['KONG_PREFIX'] ?? '/no/marker') };
}

/** What the entrypoint itself asked of the vault; Kong, which dereferences by itself later, asks the same one. */
export function askedByEntrypoint(vault: SecretsManager): string[] {
  const ours = vault.requests.filter(({ headers }) => /kong-entrypoint/.test(String(headers['user-agent'])));
  return ours.map(({ headers, body }) => `${headers['x-amz-target']} ${JSON.parse(body).SecretId}`);
}

export const ONE_CALL = [`secretsmanager.GetSecretValue ${SECRET}`];
