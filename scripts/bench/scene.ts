import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { emulatorKey, type SecretsManager, startSecretsManager } from '../../test/emulators/secrets-manager.ts';
import { createWorld, KONG_PASSWORD, KONG_USER, type World } from '../../test/world/world.ts';

/** What every contender meets: a real PostgreSQL, a warm emulator of the vault, a stand-in of Kong. */
export type Scene = {
  readonly world: World;
  readonly secretsManager: SecretsManager;
  readonly environment: Readonly<Record<string, string>>;
  /** What takes the place of the image's entry script: it ends at once, and so tells when it was reached. */
  readonly program: string;
  close(): Promise<void>;
};

export const secretName = 'kong-gateway-database';

/** Its Lua files show the migrations, as those of open-source Kong do, so that a start can remember that the schema is ready. */
export async function setScene(path: string): Promise<Scene> {
  const world = await createWorld({ kong: { edition: 'open-source' } });
  const secretsManager = await startSecretsManager();
  secretsManager.putSecret(secretName, JSON.stringify({ pg_user: KONG_USER, pg_password: KONG_PASSWORD }));
  const program = join(world.folder, 'reached');
  writeFileSync(program, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  const environment = {
    ...(await world.createKongDatabase()),
    PATH: `${world.kong.bin}${delimiter}${path}`,
    HOME: '/nonexistent',
    KONG_VERSION: '3.9.3',
    KONG_PG_USER: `{vault://aws/${secretName}/pg_user}`,
    KONG_PG_PASSWORD: `{vault://aws/${secretName}/pg_password}`,
    KONG_VAULT_AWS_REGION: secretsManager.region,
    KONG_VAULT_AWS_ENDPOINT_URL: secretsManager.url,
    AWS_ACCESS_KEY_ID: emulatorKey.id,
    AWS_SECRET_ACCESS_KEY: emulatorKey.secret,
  };
  return {
    world,
    secretsManager,
    environment,
    program,
    async close() {
      await secretsManager.close();
      await world.close();
    },
  };
}
