import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { emulatorKey, startSecretsManager } from '../emulators/secrets-manager.ts';
import { awsVault, keysOf } from './aws-world.ts';

/*
 * Programs of others, where they are installed: the AWS CLI stores secrets and signs by its own code, moto answers by
 * its own. `pip install awscli 'moto[server]'` brings both.
 */
const run = promisify(execFile);
const region = 'eu-central-1';
const environment = {
  ...keysOf(emulatorKey),
  AWS_DEFAULT_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
  HOME: '/nonexistent',
};

async function absence(program: string): Promise<string | false> {
  return run(program, ['--help'], { timeout: 30_000 }).then(
    () => false,
    () => `${program} is not installed`,
  );
}
const withoutAws = await run('aws', ['--version']).then(
  () => false as const,
  () => 'the AWS CLI is not installed',
);
const withoutMoto = withoutAws || (await absence('moto_server'));

async function cli(url: string, ...words: string[]): Promise<void> {
  const env = { ...process.env, ...environment };
  await run('aws', ['--endpoint-url', url, 'secretsmanager', ...words], { env });
}

/** The CLI stores two versions; the vault reads both. */
async function storeAndRead(url: string): Promise<void> {
  await cli(url, 'create-secret', '--name', 'prod/kong-db', '--secret-string', '{"pg_user":"before"}');
  await cli(url, 'put-secret-value', '--secret-id', 'prod/kong-db', '--secret-string', '{"pg_user":"kong"}');
  const vault = awsVault({ ...environment, KONG_VAULT_AWS_ENDPOINT_URL: url });
  assert.equal(await vault.read('{vault://aws/prod/kong-db/pg_user}'), '{"pg_user":"kong"}');
  assert.equal(await vault.read('{vault://aws/prod/kong-db/pg_user#2}'), '{"pg_user":"before"}');
  assert.match(await vault.failure('{vault://aws/absent/pg_user}'), /^66 secret "absent" not found/);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startMoto(port: number): Promise<ChildProcess> {
  const moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore', detached: true });
  for (let attempts = 0; attempts < 150; attempts += 1) {
    const answered = await fetch(`http://127.0.0.1:${port}/moto-api/`).then(
      () => true,
      () => false,
    );
    if (answered) return moto;
    await pause(200);
  }
  return assert.fail('moto does not answer');
}

describe('a secret that the AWS CLI stored is read', { timeout: 120_000 }, () => {
  test('from our emulator, which accepts the signature of the CLI too', { skip: withoutAws }, async (t) => {
    const emulator = await startSecretsManager({ region });
    t.after(() => emulator.close());
    await storeAndRead(emulator.url);
  });

  test('from moto, which knows nothing of our emulator', { skip: withoutMoto }, async () => {
    const port = await freePort();
    const moto = await startMoto(port);
    try {
      await storeAndRead(`http://127.0.0.1:${port}`);
    } finally {
      if (moto.pid !== undefined) process.kill(-moto.pid);
    }
  });
});
