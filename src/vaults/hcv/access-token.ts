import { AccessRefusedError, type EntrypointError, SettingError, UnavailableError } from '../../errors.ts';
import { createHttp, type Peer } from '../http/http.ts';
import type { BackendWorld } from '../vault.ts';
import { otherTls } from './tls.ts';
import { type JsonObject, readVaultAnswer } from './vault-answer.ts';

/** What the client credentials grant of OAuth 2.0 takes (RFC 6749, 4.4). */
export type ClientCredentials = {
  readonly endpoint: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly audiences: readonly string[];
};

export const peer: Peer = {
  name: 'the OAuth 2.0 server',
  address: 'check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT',
  trust: 'add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE',
};

/**
 * An access token. The client shows itself by HTTP Basic, which every server of that standard has to take (2.3.1); each
 * audience is a form field of its own. Throws AccessRefusedError, SettingError and what the connection comes to.
 */
export async function fetchAccessToken(credentials: ClientCredentials, world: BackendWorld): Promise<string> {
  const { endpoint, audiences } = credentials;
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  for (const audience of audiences) form.append('audience', audience);
  const http = createHttp(world, endpoint.protocol === 'https:' ? otherTls(world) : { authorities: [] });
  try {
    const answer = await http.request({
      peer,
      method: 'POST',
      url: endpoint,
      headers: {
        authorization: basic(credentials),
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: form.toString(),
      isRepeatable: true,
    });
    const { status, object } = readVaultAnswer(answer);
    const token = status === 200 ? object?.['access_token'] : undefined;
    if (typeof token === 'string' && token !== '') return token;
    throw refusal(status, object, endpoint);
  } finally {
    await http.close();
  }
}

/** Id and secret are encoded as in a form before they are joined. */
function basic({ clientId, clientSecret }: ClientCredentials): string {
  const encoded = [clientId, clientSecret].map((text) => new URLSearchParams({ '': text }).toString().slice(1));
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}

function refusal(status: number, object: JsonObject | undefined, endpoint: URL): EntrypointError {
  const place = `the OAuth 2.0 server at ${endpoint.host}`;
  if (status === 429 || status >= 500) {
    return new UnavailableError(`${place} failed (status ${status})`, { hint: 'try again later' });
  }
  const given = object?.['error'];
  const error = typeof given === 'string' && /^[a-z_]{1,40}$/.test(given) ? `, ${given}` : '';
  if (error !== '' || status === 401 || status === 403) {
    return new AccessRefusedError(`${place} gave no access token (status ${status}${error})`, {
      hint: 'check KONG_VAULT_HCV_OAUTH2_CLIENT_ID, its secret and KONG_VAULT_HCV_OAUTH2_AUDIENCES; the client needs the client credentials grant, with HTTP Basic',
    });
  }
  return new SettingError(`what answers as ${place} gave no access token (status ${status})`, { hint: peer.address });
}
