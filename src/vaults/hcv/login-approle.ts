import { SettingError } from '../../errors.ts';
import { textOf } from '../option-value.ts';
import type { VaultOptionValues } from '../vault.ts';
import { type Login, neededFor, readOptionFile } from './prepare-login.ts';
import { encodePath } from './vault-path.ts';

/** With a role id and a secret id, from an option or a file (Kong 3.4.3.5, 3.6). */
export function prepareLogin(options: VaultOptionValues): Login {
  if (options['approle_response_wrapping'] === true) throw wrapped();
  const roleId = neededFor('approle', options, 'approle_role_id');
  const secretId = readSecretId(options);
  const mount = encodePath(textOf(options, 'approle_auth_path') ?? '', 'approle_auth_path');
  return {
    path: `/v1/auth/${mount}/login`,
    body: { role_id: roleId, secret_id: secretId },
    secrets: [secretId, roleId],
    hint: 'check the role id and the secret id: one that is expired, or was good for few logins (secret_id_num_uses) and is used up, is refused too; this start takes one login, Kong further ones',
  };
}

function readSecretId(options: VaultOptionValues): string {
  const secretId = textOf(options, 'approle_secret_id');
  if (secretId !== undefined) return secretId;
  const file = textOf(options, 'approle_secret_id_file');
  if (file !== undefined) return readOptionFile(file, 'approle_secret_id_file');
  throw new SettingError('auth_method approle of the hcv vault needs a secret id, which is not set', {
    hint: 'set KONG_VAULT_HCV_APPROLE_SECRET_ID, or KONG_VAULT_HCV_APPROLE_SECRET_ID_FILE',
  });
}

/** A wrapping token can be unwrapped once: unwrapped here, it is worthless to Kong a moment later. */
function wrapped(): SettingError {
  return new SettingError(
    'the secret id is wrapped (approle_response_wrapping), and the token that unwraps it works once: used here, Kong could not start with it',
    {
      hint: 'give the secret id itself, with KONG_VAULT_HCV_APPROLE_SECRET_ID_FILE, and KONG_VAULT_HCV_APPROLE_RESPONSE_WRAPPING=off; or run the migrations where the references are not needed',
    },
  );
}
