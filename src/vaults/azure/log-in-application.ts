import { revealSecret, type Secret } from '../../secret.ts';
import { type AccessToken, readAccessToken } from '../access-token.ts';
import type { Http } from '../http/http.ts';
import type { Cloud } from './cloud.ts';
import { entraId, explainLogIn } from './explain-log-in.ts';
import type { Identity } from './identity.ts';

/** The login of an application by what proves that it is the application. */
export type ApplicationLogin = {
  readonly clientId: string;
  readonly tenantId: string;
  readonly variables: Identity['variables'];
  readonly proof:
    | { readonly by: 'client secret'; readonly secret: Secret }
    | { readonly by: 'workload identity'; readonly assertion: Secret };
};

/**
 * A token for a resource such as `https://vault.azure.net`: the client credentials grant, as the Microsoft identity platform documents it for
 * version 2.0 of its token endpoint. Throws AccessRefusedError, SettingError, UnavailableError, and the reason of the world's signal.
 */
export async function requestToken(
  { clientId, tenantId, proof, variables }: ApplicationLogin,
  { authority, resource, service }: Cloud,
  http: Http,
): Promise<AccessToken> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: `${resource}/.default`,
    ...('secret' in proof
      ? { client_secret: revealSecret(proof.secret) }
      : {
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: revealSecret(proof.assertion),
        }),
  });
  const answer = await http.request({
    peer: entraId,
    method: 'POST',
    url: new URL(`/${tenantId}/oauth2/v2.0/token`, authority),
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    isRepeatable: true,
  });
  const token = answer.status === 200 ? readAccessToken(answer.text) : undefined;
  if (token !== undefined) return token;
  throw explainLogIn(answer, {
    by: proof.by,
    client: clientId,
    tenant: tenantId,
    host: new URL(authority).host,
    service,
    variables,
  });
}
