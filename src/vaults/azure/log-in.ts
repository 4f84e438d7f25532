import { AccessRefusedError, SettingError } from '../../errors.ts';
import { readTextFile, UnreadableFileError } from '../../process/read-file.ts';
import { Secret } from '../../secret.ts';
import type { AccessToken } from '../access-token.ts';
import { type Finding, findCredentials } from '../credential-chain.ts';
import type { Http } from '../http/http.ts';
import type { VaultWorld } from '../vault.ts';
import type { Cloud } from './cloud.ts';
import type { Identity } from './identity.ts';
import { type ApplicationLogin, requestToken } from './log-in-application.ts';
import { askManagedIdentity } from './log-in-managed-identity.ts';

/** A token of Entra ID's, and the link of the chain that gave it. */
export type AzureToken = AccessToken & { readonly link: string };

export type LoginInput = {
  readonly identity: Identity;
  readonly cloud: Cloud;
  readonly http: Http;
  readonly world: VaultWorld;
};

/**
 * The first token in Kong's order (lua-resty-azure): client secret, workload identity, managed identity. A link that lacks a variable is
 * skipped. A refusal by Entra ID ends the chain, because any other identity would be a guess. Throws AccessRefusedError,
 * SettingError, UnavailableError.
 */
export async function logIn(input: LoginInput): Promise<AzureToken> {
  const { identity, cloud, http, world } = input;
  const { clientId, variables } = identity;
  const found = await findCredentials([
    { name: 'client secret', find: () => byClientSecret(input) },
    { name: 'workload identity', find: () => byFederatedToken(input) },
    {
      name: 'managed identity',
      find: () => askManagedIdentity({ clientId, resource: cloud.resource }, http, world),
    },
  ]);
  if ('value' in found) return found;
  throw new AccessRefusedError(`no Azure credentials (${found.reasons})`, {
    hint: `assign a managed identity, or use Workload Identity on AKS; or set ${variables.tenantIdVariable}, ${variables.clientIdVariable} and ${variables.clientSecretVariable}`,
  });
}

async function byClientSecret(input: LoginInput): Promise<Finding<AccessToken>> {
  const { clientSecret: secret, variables } = input.identity;
  if (secret === undefined) return { reason: `${variables.clientSecretVariable} not set` };
  return asApplication(input, () => ({ by: 'client secret', secret }));
}

async function byFederatedToken(input: LoginInput): Promise<Finding<AccessToken>> {
  const path = input.world.environment['AZURE_FEDERATED_TOKEN_FILE']?.trim() ?? '';
  if (path === '') return { reason: 'AZURE_FEDERATED_TOKEN_FILE not set' };
  return asApplication(input, () => ({ by: 'workload identity', assertion: new Secret(readFederatedToken(path)) }));
}

async function asApplication(
  { identity, cloud, http }: LoginInput,
  proof: () => ApplicationLogin['proof'],
): Promise<Finding<AccessToken>> {
  const { clientId, tenantId, variables } = identity;
  if (clientId !== undefined && tenantId !== undefined) {
    return requestToken({ clientId, tenantId, variables, proof: proof() }, cloud, http);
  }
  const absent = [
    ...(clientId === undefined ? [variables.clientIdVariable] : []),
    ...(tenantId === undefined ? [variables.tenantIdVariable] : []),
  ];
  return { reason: `${absent.join(' and ')} not set` };
}

/** The token of a pod's service account. Throws SettingError for a file that is absent, unreadable or empty. */
function readFederatedToken(path: string): string {
  const token = readTokenFile(path).trim();
  if (token !== '') return token;
  throw unusableToken(`${path} is empty`);
}

function readTokenFile(path: string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    throw unusableToken(`${path} cannot be read: ${error.message}`);
  }
}

function unusableToken(sentence: string): SettingError {
  return new SettingError(sentence, {
    subject: 'AZURE_FEDERATED_TOKEN_FILE',
    hint: 'label the pod azure.workload.identity/use: "true", so that AKS mounts the token, or unset the variable',
  });
}
