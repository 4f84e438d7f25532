import type { AwsBackend } from './references.ts';

/** Enterprise's backend, on the real SDK: options from the settings, credentials from the environment it was given, or from beside an ECS task. */
export function awsBackend(environment: Readonly<Record<string, string>>): AwsBackend {
  return async (id, stage, settings) => {
    const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const endpoint = settings.get('vault_aws_endpoint_url');
    const region = settings.get('vault_aws_region') ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'];
    if (region === undefined) throw new Error('aws secrets manager requires a region');
    const client = new SecretsManagerClient({
      region,
      maxAttempts: 1,
      credentials: await credentialsOf(environment),
      ...(endpoint === undefined ? {} : { endpoint }),
    });
    const answer = await client.send(new GetSecretValueCommand({ SecretId: id, VersionStage: stage }));
    if (answer.SecretString === undefined) throw new Error('unable to retrieve secret from aws secret manager');
    return answer.SecretString;
  };
}

type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };

async function credentialsOf(environment: Readonly<Record<string, string>>): Promise<Credentials> {
  if (environment['AWS_ACCESS_KEY_ID'] === undefined && environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']) {
    const { fromContainerMetadata } = await import('@aws-sdk/credential-providers');
    return fromContainerMetadata({ maxRetries: 0 })();
  }
  const sessionToken = environment['AWS_SESSION_TOKEN'];
  return {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}
