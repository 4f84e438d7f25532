import { SettingError } from '../../errors.ts';
import { logIn } from '../gcp/log-in.ts';
import { createHttp } from '../http/http.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { type Login, loginPath, neededFor } from './prepare-login.ts';
import { signByGoogle } from './signed-by-google.ts';

/**
 * With a token that Google signs for a service account (Kong 3.14): the method `signJwt` of the IAM Service Account Credentials API, asked
 * with the credentials that the gcp vault finds. Throws AccessRefusedError, SettingError, UnavailableError.
 */
export async function prepareLogin(options: VaultOptionValues, world: BackendWorld): Promise<Login> {
  const role = neededFor('gcp_iam', options, 'gcp_auth_role');
  const account = neededFor('gcp_iam', options, 'gcp_service_account');
  const seconds = lifetimeIn(options);
  const http = createHttp(world);
  try {
    const credentials = await logIn({ scope: 'platform', http, world });
    const claims = { sub: account, aud: `vault/${role}`, exp: Math.floor(Date.now() / 1000) + seconds };
    const jwt = await signByGoogle(claims, credentials, http);
    return {
      path: loginPath(options, 'gcp_login_path'),
      body: { role, jwt },
      secrets: [jwt],
      hint: `check the role "${role}" in Vault: its type must be iam, ${account} one of its bound service accounts, and max_jwt_exp at least ${seconds} s`,
    };
  } finally {
    await http.close();
  }
}

/** Seconds. Vault takes 15 minutes at most, unless the role says otherwise. */
function lifetimeIn(options: VaultOptionValues): number {
  const { gcp_jwt_exp: seconds } = options;
  if (typeof seconds === 'number' && seconds <= 900) return Math.floor(seconds);
  throw new SettingError('auth_method gcp_iam of the hcv vault needs the option gcp_jwt_exp, from 0 to 900', {
    hint: 'set KONG_VAULT_HCV_GCP_JWT_EXP to the seconds for which the signed token is good, such as 900',
  });
}
