import { AccessRefusedError, type EntrypointError, SettingError } from '../../errors.ts';
import type { Login } from './login.ts';
import { quote, serverError } from './server-errors.ts';
import type { VaultAnswer } from './vault-answer.ts';
import type { VaultServer } from './vault-server.ts';

/** Why a login gave no token: Vault refuses it (77), has no such method (78), or what `serverError` says. */
export function loginError(answer: VaultAnswer, login: Login, server: VaultServer): EntrypointError {
  const path = decodeURIComponent(login.path.replace(/^\/v1\//, ''));
  const at = `at ${path}${server.namespace === undefined ? '' : ` in namespace ${server.namespace}`}`;
  const other = serverError(answer, server);
  if (other !== undefined) return other;
  if (answer.status === 404 || answer.errors.some((error) => /no handler for route|unsupported path/i.test(error))) {
    return new SettingError(`${server.place} has no auth method ${at} (status ${answer.status})`, {
      hint: `enable it in Vault, or correct its path${server.namespace === undefined ? '; is KONG_VAULT_HCV_NAMESPACE missing?' : ' or the namespace'}`,
    });
  }
  if (answer.status === 200) {
    return new SettingError(`${server.place} answered the login ${at} without a token`, {
      hint: 'check the path of the auth method, and that the login needs no second factor (MFA)',
    });
  }
  const words = quote(answer, login.secrets);
  return new AccessRefusedError(`${server.place} refused the login ${at} (status ${answer.status})${words}`, {
    hint: login.hint,
  });
}
