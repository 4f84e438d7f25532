import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { AwsCredentialIdentity } from '@smithy/types';
import { type ClientInput, clientOptions } from './client-options.ts';

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
