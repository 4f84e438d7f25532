import { parseArgs } from 'node:util';
import { emulatorKey, startSecretsManager } from './secrets-manager.ts';

/*
 * The emulator as a program, for the demonstration:
 *   node test/emulators/secrets-manager-server.ts --port 4566 --secret kong-db='{"pg_user":"kong"}'
 * It prints its address once it listens, and ends with TERM or INT.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4566' },
    region: { type: 'string', default: 'eu-central-1' },
    secret: { type: 'string', multiple: true, default: [] },
  },
});

const emulator = await startSecretsManager({ port: Number(values.port), region: values.region });
for (const secret of values.secret) {
  const [name = '', ...value] = secret.split('=');
  emulator.putSecret(name, value.join('='));
}
process.stdout.write(`${emulator.url} ${values.region} ${emulatorKey.id} ${emulatorKey.secret}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => emulator.close());
