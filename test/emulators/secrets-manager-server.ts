import { parseArgs } from 'node:util';
import { emulatorKey, startSecretsManager } from './secrets-manager.ts';

/*
 * The emulator as a program, for the demonstration and for containers:
 *   node test/emulators/secrets-manager-server.ts --port 4566 --secret kong-db='{"pg_user":"kong"}'
 *   node test/emulators/secrets-manager-server.ts --host 0.0.0.0 --key ID:SECRET
 * It prints its address once it listens, and ends with TERM or INT.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4566' },
    host: { type: 'string', default: '127.0.0.1' },
    key: { type: 'string', default: `${emulatorKey.id}:${emulatorKey.secret}` },
    region: { type: 'string', default: 'eu-central-1' },
    secret: { type: 'string', multiple: true, default: [] },
  },
});

const [id = '', ...secretWords] = values.key.split(':');
const key = { id, secret: secretWords.join(':') };
const { host, region } = values;
const emulator = await startSecretsManager({ port: Number(values.port), host, region, keys: [key] });
for (const secret of values.secret) {
  const [name = '', ...value] = secret.split('=');
  emulator.putSecret(name, value.join('='));
}
process.stdout.write(`${emulator.url} ${region} ${key.id} ${key.secret}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => emulator.close());
