import { textOf } from '../option-value.ts';
import type { VaultOptionValues } from '../vault.ts';
import { type Login, neededFor, readOptionFile } from './prepare-login.ts';
import { encodePath } from './vault-path.ts';

/** With the token of the pod's service account (Kong 3.1; `kube_auth_path` 3.4.3.4, 3.5). */
export function prepareLogin(options: VaultOptionValues): Login {
  const role = neededFor('kubernetes', options, 'kube_role');
  const jwt = readOptionFile(textOf(options, 'kube_api_token_file') ?? '', 'kube_api_token_file');
  const mount = encodePath(textOf(options, 'kube_auth_path') ?? '', 'kube_auth_path');
  return {
    path: `/v1/auth/${mount}/login`,
    body: { jwt, role },
    secrets: [jwt],
    hint: `check the role "${role}" in Vault: its bound service account, namespace and audience must be those of this pod; and that Vault may review tokens of this cluster`,
  };
}
