import { fromWebToken } from '@aws-sdk/credential-providers';
import type { AwsCredentialIdentity } from '@smithy/types';
import { readTextFile } from '../../process/read-file.ts';
import type { VaultWorld } from '../vault.ts';
import { type ClientInput, clientOptions } from './client-options.ts';

/**
 * The role of a Kubernetes service account (IRSA): the token in `AWS_WEB_IDENTITY_TOKEN_FILE`, exchanged at STS for
 * `AWS_ROLE_ARN`; both are set. Throws what reading the file and STS throw.
 */
export async function exchangeServiceAccount(
  environment: VaultWorld['environment'],
  sts: ClientInput,
): Promise<AwsCredentialIdentity> {
  const provider = fromWebToken({
    webIdentityToken: readTextFile(environment['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '').trim(),
    roleArn: environment['AWS_ROLE_ARN'] ?? '',
    roleSessionName: environment['AWS_ROLE_SESSION_NAME'] || 'kong-entrypoint',
    clientConfig: clientOptions(sts),
  });
  return provider();
}
