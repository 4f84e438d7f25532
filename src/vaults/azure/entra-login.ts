import { ClientSecretCredential, type TokenCredential, WorkloadIdentityCredential } from '@azure/identity';
import { Secret } from '../../secret.ts';
import type { AccessToken } from '../access-token.ts';
import type { Http } from '../http/http.ts';
import { isToken } from '../json.ts';
import type { Cloud } from './cloud.ts';
import { type EntraLogin, explainLoginRefusal } from './login-errors.ts';
import { createWayOut, type WayOut } from './way-out.ts';

export type LoginInput = {
  readonly clientId: string;
  readonly tenantId: string;
  readonly cloud: Cloud;
  readonly http: Http;
};

/** A token for a client secret. Throws AccessRefusedError, SettingError, UnavailableError; never the library's error. */
export function logInWithSecret(secret: string, input: LoginInput): Promise<AccessToken> {
  const way = createWayOut(input.http);
  const { tenantId, clientId } = input;
  return logIn(new ClientSecretCredential(tenantId, clientId, secret, optionsFor(input, way)), way, {
    ...input,
    by: 'client secret',
  });
}

/** A token for the token in the file, which the service account of a pod has (Workload Identity). Throws the same. */
export function logInWithToken(tokenFilePath: string, input: LoginInput): Promise<AccessToken> {
  const way = createWayOut(input.http);
  const { tenantId, clientId } = input;
  const options = { ...optionsFor(input, way), tenantId, clientId, tokenFilePath };
  return logIn(new WorkloadIdentityCredential(options), way, { ...input, by: 'workload identity' });
}

/**
 * Everything that the library would else look up in the environment or decide by itself: which Entra ID, that it is one
 * (its discovery would ask Microsoft's public cloud about a host of another), how to get there, no attempt but ours.
 */
function optionsFor({ cloud }: LoginInput, { httpClient }: WayOut) {
  return {
    authorityHost: cloud.authority,
    disableInstanceDiscovery: true,
    httpClient,
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    additionallyAllowedTenants: [],
  };
}

async function logIn(
  credential: TokenCredential,
  way: WayOut,
  { by, clientId, tenantId, cloud }: LoginInput & Pick<EntraLogin, 'by'>,
): Promise<AccessToken> {
  const token = await credential.getToken(`${cloud.resource}/.default`).catch(() => null);
  if (token !== null && isToken(token.token)) {
    return { value: new Secret(token.token), expiresAt: token.expiresOnTimestamp };
  }
  if (way.fault() !== undefined) throw way.fault();
  throw explainLoginRefusal(way.answer(), { by, clientId, tenantId, host: new URL(cloud.authority).host });
}
