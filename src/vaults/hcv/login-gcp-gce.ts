import { askInstanceIdentity } from '../gcp/log-in-metadata-server.ts';
import { createHttp } from '../http/http.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { type Login, loginPath, neededFor, noIdentity } from './prepare-login.ts';

/** With the identity token of the instance, from the metadata server (Kong 3.14). */
export async function prepareLogin(options: VaultOptionValues, world: BackendWorld): Promise<Login> {
  const role = neededFor('gcp_gce', options, 'gcp_auth_role');
  const http = createHttp(world);
  try {
    const identity = await askInstanceIdentity(`http://vault/${role}`, http, world);
    if ('reason' in identity) {
      throw noIdentity(
        'gcp_gce',
        `metadata server: ${identity.reason}`,
        'start on Compute Engine, with a service account attached to the instance; elsewhere use auth_method gcp_iam',
      );
    }
    return {
      path: loginPath(options, 'gcp_login_path'),
      body: { role, jwt: identity.jwt },
      secrets: [identity.jwt],
      hint: `check the role "${role}" in Vault: its type must be gce, and its bound projects, zones, labels and service accounts must be those of this instance`,
    };
  } finally {
    await http.close();
  }
}
