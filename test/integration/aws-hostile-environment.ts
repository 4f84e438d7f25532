import { revealSecret } from '../../src/secret.ts';
import { awsBackend } from '../../src/vaults/aws/options.ts';

/*
 * Run by aws-environment.test.ts in an environment that misleads the SDK: reads one secret with what the argument
 * holds, and prints it.
 */
const { environment, options } = JSON.parse(process.argv[2] ?? '');
const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const { signal } = new AbortController();
const vault = await awsBackend.open(options, { environment, log, signal, trustedByKong: () => [] });
process.stdout.write(String(revealSecret(await vault.fetch({ secretId: 'kong-db', version: undefined }))));
process.exit();
