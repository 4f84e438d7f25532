// The file of the class alone: the library's index brings all its clients, half as much again to load.
import { JWT } from 'google-auth-library/build/src/auth/jwtclient.js';
import { EntrypointError } from '../../errors.ts';
import { revealSecret, Secret } from '../../secret.ts';
import type { AccessToken } from '../access-token.ts';
import type { Answer, Http } from '../http/http.ts';
import { isToken } from '../json.ts';
import { peerCalled } from './peer.ts';
import type { ServiceAccount } from './service-account.ts';
import { explainTokenRefusal } from './token-errors.ts';

/** The one scope that Secret Manager takes. */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Signs a request for a token with the key of a service account, and exchanges it at Google. The library signs; every
 * byte goes out over our own HTTP, so that no variable, file or proxy of its own choice matters. Throws
 * AccessRefusedError, SettingError, UnavailableError, and the reason of the world's signal; never the library's error.
 */
export async function exchangeSignedToken({ email, privateKey }: ServiceAccount, http: Http): Promise<AccessToken> {
  const way = createWayOut(http);
  const client = new JWT({
    email,
    key: revealSecret(privateKey),
    scopes: [SCOPE],
    transporterOptions: { fetchImplementation: way.fetch, retryConfig: { retry: 0 } },
  });
  try {
    const { access_token: token, expiry_date: expiresAt } = await client.authorize();
    if (isToken(token)) {
      return { value: new Secret(token), expiresAt: expiresAt ?? 0 };
    }
  } catch (error) {
    if (way.fault() !== undefined) throw way.fault();
    if (error instanceof EntrypointError) throw error;
  }
  throw explainTokenRefusal(way.answer(), email);
}

type WayOut = {
  readonly fetch: typeof fetch;
  /** What our HTTP threw. The library wraps it into an error that holds the request. */
  fault(): unknown;
  answer(): Answer | undefined;
};

function createWayOut(http: Http): WayOut {
  let fault: unknown;
  let answer: Answer | undefined;

  async function ask(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    try {
      answer = await http.request({
        peer: peerCalled("Google's token endpoint"),
        method: 'POST',
        url: new URL(input instanceof Request ? input.url : input),
        headers: {
          ...Object.fromEntries(new Headers(init.headers)),
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: String(init.body),
        isRepeatable: true,
      });
    } catch (error) {
      fault = error;
      throw error;
    }
    return new Response(answer.text, { status: answer.status, headers: { 'content-type': 'application/json' } });
  }

  return { fetch: ask, fault: () => fault, answer: () => answer };
}
