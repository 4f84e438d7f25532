import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { emulatorKey, startSecretsManager } from '../../test/emulators/secrets-manager.ts';
import { startPostgresqlFake } from './postgresql-fake.ts';

const warmUp = fileURLToPath(new URL('warm-up.cjs', import.meta.url));

/** A `kong` that knows nothing but that the schema is ready. */
const kong = `#!/bin/sh
echo '{"needs_bootstrap":false,"new_migrations":false,"pending_migrations":false}'
`;

/**
 * Makes the code caches of the chunks by running a whole start once, references, database, `kong migrations` and all, against fakes on the
 * loopback: the caches then hold the functions that a start really calls. They are not the same from build to build.
 */
export async function makeCodeCaches(node: string, folder: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'warm-up-'));
  const secrets = await startSecretsManager();
  const database = await startPostgresqlFake();
  try {
    secrets.putSecret('kong-gateway-database', JSON.stringify({ pg_user: 'kong', pg_password: 'warm-up password' }));
    writeFileSync(join(scratch, 'kong'), kong, { mode: 0o755 });
    await run(node, [warmUp, folder, '--handover', 'references', 'kong', 'start'], {
      PATH: `${scratch}:/usr/bin:/bin`,
      KONG_PG_HOST: '127.0.0.1',
      KONG_PG_PORT: String(database.port),
      KONG_PG_USER: '{vault://aws/kong-gateway-database/pg_user}',
      KONG_PG_PASSWORD: '{vault://aws/kong-gateway-database/pg_password}',
      KONG_VAULT_AWS_REGION: secrets.region,
      KONG_VAULT_AWS_ENDPOINT_URL: secrets.url,
      AWS_ACCESS_KEY_ID: emulatorKey.id,
      AWS_SECRET_ACCESS_KEY: emulatorKey.secret,
    });
  } finally {
    await Promise.all([secrets.close(), database.close()]);
    rmSync(scratch, { recursive: true });
  }
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 });
    let words = '';
    child.stderr.on('data', (chunk) => {
      words += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`the warm-up run ended with ${code}:\n${words}`)),
    );
  });
}
