// The file of the class alone: the library's index brings all its clients, half as much again to load.
import { JWT } from 'google-auth-library/build/src/auth/jwtclient.js';
import { revealSecret, Secret } from '../../secret.ts';
import type { AccessToken } from '../access-token.ts';
import type { Http } from '../http/http.ts';
import { isToken } from '../json.ts';
import { explainLogIn, tokenEndpoint } from './explain-log-in.ts';
import { type ServiceAccount, scopes } from './service-account.ts';

/**
 * A token for the key of a service account: the library signs a request and exchanges it at Google's token endpoint, over our own HTTP.
 * Throws AccessRefusedError, SettingError, UnavailableError, and the reason of the world's signal; never the library's error, which holds
 * the request.
 */
export async function exchangeSignedToken(
  account: ServiceAccount,
  { scope, http }: { readonly scope: keyof typeof scopes; readonly http: Http },
): Promise<AccessToken> {
  const { email, privateKey } = account;
  const transporterOptions = { fetchImplementation: fetchThrough(http), retryConfig: { retry: 0 } };
  const client = new JWT({ email, key: revealSecret(privateKey), scopes: [scopes[scope]], transporterOptions });
  const { access_token: token, expiry_date: expiresAt } = await client.authorize().catch((fault: unknown) => {
    throw explainFault(fault, account);
  });
  if (isToken(token)) return { value: new Secret(token), expiresAt: expiresAt ?? 0 };
  throw explainLogIn({ status: 200, body: undefined }, account);
}

/** Our HTTP in the form of the library's option `fetchImplementation`: one POST of a form. */
function fetchThrough(http: Http): typeof fetch {
  return async (input, init = {}) => {
    const { status, text } = await http.request({
      peer: tokenEndpoint,
      method: 'POST',
      url: new URL(input instanceof Request ? input.url : input),
      headers: {
        ...Object.fromEntries(new Headers(init.headers)),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: String(init.body),
      isRepeatable: true,
    });
    return new Response(text === '' ? null : text, { status });
  };
}

/** The library's error (GaxiosError) has the answer that it did not take, or as its cause what our HTTP threw. */
function explainFault(fault: unknown, account: ServiceAccount): unknown {
  if (!(fault instanceof Error)) return fault;
  const response = 'response' in fault ? fault.response : undefined;
  if (!(response instanceof Response)) return fault.cause ?? fault;
  return explainLogIn({ status: response.status, body: 'data' in response ? response.data : undefined }, account);
}
