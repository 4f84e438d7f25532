import type { AwsBackend } from './references.ts';

/** Enterprise's backend, on the real SDK: options from the settings, credentials from the environment it was given. */
export function awsBackend(environment: Readonly<Record<string, string>>): AwsBackend {
  return async (id, stage, settings) => {
    const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const endpoint = settings.get('vault_aws_endpoint_url');
    const region = settings.get('vault_aws_region') ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'];
    if (region === undefined) throw new Error('aws secrets manager requires a region');
    const sessionToken = environment['AWS_SESSION_TOKEN'];
    const client = new SecretsManagerClient({
      region,
      maxAttempts: 1,
      credentials: {
        accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
        ...(sessionToken === undefined ? {} : { sessionToken }),
      },
      ...(endpoint === undefined ? {} : { endpoint }),
    });
    const answer = await client.send(new GetSecretValueCommand({ SecretId: id, VersionStage: stage }));
    if (answer.SecretString === undefined) throw new Error('unable to retrieve secret from aws secret manager');
    return answer.SecretString;
  };
}
