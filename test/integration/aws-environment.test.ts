import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startProxy } from '../emulators/proxy.ts';
import { emulatorKey, startSecretsManager } from '../emulators/secrets-manager.ts';
import { selfSigned } from '../emulators/self-signed.ts';
import { startSts } from '../emulators/sts.ts';
import { keysOf } from './aws-world.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, 'aws-hostile-environment.ts');

test('nothing of the process, its variables or its shared files, reaches the SDK', { timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-environment-'));
  // Who opens this pipe to read it waits for ever, so a shared file that the SDK reads by itself ends in a timeout.
  const pipe = join(folder, 'pipe');
  await run('mkfifo', [pipe]);
  const hostile = {
    PATH: process.env['PATH'],
    HOME: folder,
    AWS_CONFIG_FILE: pipe,
    AWS_SHARED_CREDENTIALS_FILE: pipe,
    AWS_PROFILE: 'nobody',
    AWS_REGION: 'us-east-2',
    AWS_ACCESS_KEY_ID: 'AKIAHOSTILE',
    AWS_SECRET_ACCESS_KEY: 'hostile',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_RETRY_MODE: 'adaptive',
    AWS_SDK_UA_APP_ID: 'hostile',
    HTTP_PROXY: 'http://127.0.0.1:9',
  };
  const host = 'secretsmanager.eu-central-1.amazonaws.com';
  const identity = selfSigned(host);
  const emulator = await startSecretsManager({ identity });
  t.after(() => emulator.close());
  emulator.putSecret('kong-db', 'value');
  emulator.fail('internal', 2);
  // Without an endpoint the call goes to AWS itself: the proxy leads it here.
  const proxy = await startProxy({ route: new URL(emulator.url).host });
  t.after(() => proxy.close());
  const AWS_CA_BUNDLE = join(folder, 'ca.pem');
  writeFileSync(AWS_CA_BUNDLE, identity.cert);
  const environment = {
    HOME: '/nonexistent',
    AWS_REGION: emulator.region,
    HTTPS_PROXY: proxy.url,
    AWS_CA_BUNDLE,
    ...keysOf(emulatorKey),
  };
  const input = JSON.stringify({ environment, options: {} });
  const { stdout } = await run(process.execPath, [program, input], { env: hostile, timeout: 20_000 });
  assert.equal(stdout, 'value');
  const [request] = emulator.requests;
  assert.match(String(request?.headers['user-agent']), /app\/kong-entrypoint/);
  assert.equal(emulator.requests.length, 3);
  assert.deepEqual(new Set(proxy.tunnels), new Set([`${host}:443`]));
  rmSync(folder, { recursive: true });
});

test('nor does it reach STS, whose endpoint and keys are those of the vault', { timeout: 60_000 }, async (t) => {
  const role = { id: 'ASIAROLE', secret: 'role', sessionToken: 'token' };
  const sts = await startSts({ keys: [emulatorKey], issued: role });
  t.after(() => sts.close());
  const emulator = await startSecretsManager({ keys: [role] });
  t.after(() => emulator.close());
  emulator.putSecret('kong-db', 'value');
  const hostile = {
    PATH: process.env['PATH'],
    AWS_PROFILE: 'nobody',
    AWS_REGION: 'us-east-2',
    AWS_ACCESS_KEY_ID: 'AKIAHOSTILE',
    AWS_SECRET_ACCESS_KEY: 'hostile',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_USE_FIPS_ENDPOINT: 'true',
  };
  const environment = { HOME: '/nonexistent', AWS_REGION: emulator.region, ...keysOf(emulatorKey) };
  const options = {
    endpoint_url: emulator.url,
    sts_endpoint_url: sts.url,
    assume_role_arn: 'arn:aws:iam::123456789012:role/kong',
  };
  const input = JSON.stringify({ environment, options });
  const { stdout } = await run(process.execPath, [program, input], { env: hostile, timeout: 20_000 });
  assert.equal(stdout, 'value');
  assert.equal(emulator.calls[0]?.accessKeyId, role.id);
});
