import { textOf } from '../text-of.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { fetchAccessToken } from './access-token.ts';
import type { Login } from './login.ts';
import { neededText } from './options.ts';

const needer = 'auth_method jwt';

/** With an access token that an OAuth 2.0 server gives for our client credentials (Kong 3.13). */
export async function prepareJwt(options: VaultOptionValues, world: BackendWorld): Promise<Login> {
  // Kong's configuration lists say jwt_role, the table of its documentation oauth2_role_name.
  const role =
    textOf(options, 'jwt_role') ?? textOf(options, 'oauth2_role_name') ?? neededText(options, 'jwt_role', needer);
  const clientSecret = neededText(options, 'oauth2_client_secret', needer);
  const jwt = await fetchAccessToken(
    {
      endpoint: new URL(neededText(options, 'oauth2_token_endpoint', needer)),
      clientId: neededText(options, 'oauth2_client_id', needer),
      clientSecret,
      audiences: splitAudiences(textOf(options, 'oauth2_audiences') ?? ''),
    },
    world,
  );
  return {
    method: 'jwt',
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
