import { fromTemporaryCredentials, fromWebToken } from '@aws-sdk/credential-providers';
import type { AwsCredentialIdentity } from '@smithy/types';
import { readTextFile } from '../../process/read-file.ts';
import type { VaultWorld } from '../vault.ts';
import { type ClientInput, clientOptions } from './sdk-client.ts';

export type Role = { readonly arn: string; readonly sessionName: string };

/**
 * The credentials of a role that the vault option `assume_role_arn` names (Kong 3.4.3.5, 3.5), got at STS with the
 * credentials of the chain. Throws what STS throws.
 */
export async function assumeRole(
  role: Role,
  source: AwsCredentialIdentity,
  sts: ClientInput,
): Promise<AwsCredentialIdentity> {
  const provider = fromTemporaryCredentials({
    masterCredentials: source,
    params: { RoleArn: role.arn, RoleSessionName: role.sessionName },
    clientConfig: clientOptions(sts),
  });
  return provider();
}

/**
 * The role of a Kubernetes service account (IRSA): the token in `AWS_WEB_IDENTITY_TOKEN_FILE`, exchanged at STS for
 * `AWS_ROLE_ARN`; both are set. The SDK's `fromTokenFile` would send a line break at the end of the file with the token, and tell a file
 * that cannot be read by a code alone. Throws what reading the file and STS throw.
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
