import { AccessRefusedError } from '../../errors.ts';
import type { AccessToken } from '../access-token.ts';
import type { Http } from '../http/http.ts';
import type { VaultWorld } from '../vault.ts';
import type { Cloud } from './cloud.ts';
import { readFederatedToken } from './federated-token.ts';
import type { Identity } from './identity.ts';
import { askManagedIdentity } from './managed-identity.ts';

/** A token, and the link of the chain that gave it. */
export type AzureToken = AccessToken & { readonly link: string };

/** What one link of the chain came to. */
export type Finding = AccessToken | { readonly reason: string };

export type TokenRequest = {
  readonly identity: Identity;
  readonly cloud: Cloud;
  readonly http: Http;
  readonly world: VaultWorld;
};

type Link = { readonly name: string; find(): Promise<Finding> };

/**
 * The first token in Kong's order (lua-resty-azure): client secret, workload identity, managed identity. A link whose
 * variables are not all there is passed over; one that has them and is refused ends the start, for another identity
 * would only be guessed. Throws AccessRefusedError, SettingError, UnavailableError.
 */
export async function findToken(request: TokenRequest): Promise<AzureToken> {
  const reasons: string[] = [];
  for (const link of chain(request)) {
    const finding = await link.find();
    if ('value' in finding) return { ...finding, link: link.name };
    reasons.push(`${link.name}: ${finding.reason}`);
  }
  throw new AccessRefusedError(`no Azure credentials (${reasons.join('; ')})`, {
    hint: 'assign a managed identity, or use Workload Identity on AKS; or set KONG_VAULT_AZURE_TENANT_ID, KONG_VAULT_AZURE_CLIENT_ID and AZURE_CLIENT_SECRET',
  });
}

function chain(request: TokenRequest): readonly Link[] {
  return [
    { name: 'client secret', find: () => fromClientSecret(request) },
    { name: 'workload identity', find: () => fromWorkloadIdentity(request) },
    { name: 'managed identity', find: () => askManagedIdentity(request) },
  ];
}

/** Azure's library is loaded only where there is something to log in with. */
async function fromClientSecret({ identity, cloud, http, world }: TokenRequest): Promise<Finding> {
  const { AZURE_CLIENT_SECRET: secret = '' } = world.environment;
  if (secret === '') return { reason: 'AZURE_CLIENT_SECRET not set' };
  const { clientId, tenantId } = identity;
  if (clientId === undefined || tenantId === undefined) return { reason: missing(identity) };
  const { logInWithSecret } = await import('./entra-login.ts');
  return logInWithSecret(secret, { clientId, tenantId, cloud, http });
}

async function fromWorkloadIdentity({ identity, cloud, http, world }: TokenRequest): Promise<Finding> {
  const path = world.environment['AZURE_FEDERATED_TOKEN_FILE']?.trim() ?? '';
  if (path === '') return { reason: 'AZURE_FEDERATED_TOKEN_FILE not set' };
  const { clientId, tenantId } = identity;
  if (clientId === undefined || tenantId === undefined) return { reason: missing(identity) };
  readFederatedToken(path);
  const { logInWithToken } = await import('./entra-login.ts');
  return logInWithToken(path, { clientId, tenantId, cloud, http });
}

function missing({ clientId, tenantId }: Identity): string {
  const absent = [
    ...(clientId === undefined ? ['KONG_VAULT_AZURE_CLIENT_ID'] : []),
    ...(tenantId === undefined ? ['KONG_VAULT_AZURE_TENANT_ID'] : []),
  ];
  return `${absent.join(' and ')} not set`;
}
