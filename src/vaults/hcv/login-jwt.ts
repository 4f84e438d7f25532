import type { EntrypointError } from '../../errors.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';
import { type Answer, createHttp, type Peer } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import { textOf } from '../option-value.ts';
import { busyService } from '../service-faults.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { type Login, neededFor } from './prepare-login.ts';

/** With an access token that an OAuth 2.0 server gives for our client credentials (Kong 3.13). */
export async function prepareLogin(options: VaultOptionValues, world: BackendWorld): Promise<Login> {
  // Kong's configuration lists say jwt_role, the table of its documentation oauth2_role_name.
  const role =
    textOf(options, 'jwt_role') ?? textOf(options, 'oauth2_role_name') ?? neededFor('jwt', options, 'jwt_role');
  const clientSecret = neededFor('jwt', options, 'oauth2_client_secret');
  const jwt = await fetchAccessToken(
    {
      endpoint: new URL(neededFor('jwt', options, 'oauth2_token_endpoint')),
      clientId: neededFor('jwt', options, 'oauth2_client_id'),
      clientSecret,
      audiences: splitAudiences(textOf(options, 'oauth2_audiences') ?? ''),
    },
    world,
  );
  return {
    path: '/v1/auth/jwt/login',
    body: { role, jwt },
    secrets: [jwt, clientSecret],
    hint: `check the role "${role}" in Vault: its bound audiences, subject and claims must be those of the access token; and that auth/jwt knows the keys of its issuer`,
  };
}

function splitAudiences(text: string): string[] {
  return text
    .split(',')
    .map((audience) => audience.trim())
    .filter((audience) => audience !== '');
}

/** What the client credentials grant of OAuth 2.0 takes (RFC 6749, 4.4). */
type ClientCredentials = {
  readonly endpoint: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly audiences: readonly string[];
};

export const oauth2Peer: Peer = {
  name: 'the OAuth 2.0 server',
  address: 'check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT',
  trust: 'add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE',
};

/**
 * The client shows itself by HTTP Basic, which every server of that standard has to take (2.3.1); each audience is a form field of its
 * own. Throws AccessRefusedError, SettingError and the error of a connection that failed.
 */
async function fetchAccessToken(credentials: ClientCredentials, world: BackendWorld): Promise<string> {
  const { endpoint, audiences } = credentials;
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  for (const audience of audiences) form.append('audience', audience);
  const http = createHttp(world, { authorities: endpoint.protocol === 'https:' ? world.trustedByKong() : [] });
  try {
    const answer = await http.request({
      peer: oauth2Peer,
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
    const token = answer.status === 200 ? fieldOf(parseJson(answer.text), 'access_token') : undefined;
    if (typeof token === 'string' && token !== '') return token;
    throw explainNoToken(answer, endpoint);
  } finally {
    await http.close();
  }
}

/** Id and secret are encoded as in a form before they are joined. */
function basic({ clientId, clientSecret }: ClientCredentials): string {
  const encoded = [clientId, clientSecret].map((text) => new URLSearchParams({ '': text }).toString().slice(1));
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}

const refused = {
  kind: 'refused',
  says: '{place} gave no access token (status {status}[, {code}])',
  hint: 'check KONG_VAULT_HCV_OAUTH2_CLIENT_ID, its secret and KONG_VAULT_HCV_OAUTH2_AUDIENCES; the client needs the client credentials grant, with HTTP Basic',
} as const;

const noToken = [
  ...busyService,
  { when: { code: /^[a-z_]{1,40}$/ }, ...refused },
  { when: { status: [401, 403] }, ...refused },
  {
    kind: 'setting',
    says: '{place} gave no access token (status {status})',
    hint: 'check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT',
  },
] as const satisfies FaultTable;

function explainNoToken({ status, text }: Answer, endpoint: URL): EntrypointError {
  const error = fieldOf(parseJson(text), 'error');
  const code = typeof error === 'string' ? error : undefined;
  return explainBy(noToken, { status, code }, { place: `the OAuth 2.0 server at ${endpoint.host}`, health: undefined });
}
