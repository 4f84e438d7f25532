import { parseArgs } from 'node:util';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/*
 * Of the AWS CLI the three commands that the compose files use, with its variables, words and exit codes.
 */
const SERVICE_ERROR = 254;
const USAGE_ERROR = 252;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string' },
    description: { type: 'string' },
    'secret-id': { type: 'string' },
    'secret-string': { type: 'string' },
  },
});

async function run(): Promise<object> {
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  const client = new SecretsManagerClient(region === undefined ? {} : { region });
  const { name: Name, description: Description, 'secret-id': SecretId, 'secret-string': SecretString } = values;
  switch (positionals.join(' ')) {
    case 'secretsmanager create-secret':
      return client.send(new CreateSecretCommand({ Name, Description, SecretString }));
    case 'secretsmanager put-secret-value':
      return client.send(new PutSecretValueCommand({ SecretId, SecretString }));
    case 'secretsmanager get-secret-value':
      return client.send(new GetSecretValueCommand({ SecretId }));
    default:
      process.exitCode = USAGE_ERROR;
      throw new Error(`aws: this stand-in does not know: ${positionals.join(' ')}`);
  }
}

run().then(
  ({ $metadata: _metadata, ...answer }: object & { $metadata?: unknown }) =>
    process.stdout.write(`${JSON.stringify(answer, null, 4)}\n`),
  (error: Error) => {
    process.exitCode ??= SERVICE_ERROR;
    process.stderr.write(`\nAn error occurred (${error.name}): ${error.message}\n`);
  },
);
