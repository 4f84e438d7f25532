import { textOf } from '../option-value.ts';
import type { BackendWorld, Vault, VaultBackend, VaultOptionValues } from '../vault.ts';

/** One segment of a URL's path; `.` and `..` would be steps in it, encoded or not. */
const accountForm = {
  pattern: /^(?!\.\.?$)[^\s:/]+$/,
  accepted: 'the name of the account, without spaces, colons and slashes',
};
const loginForm = {
  pattern: /^(?!\.\.?$)[^\s]+$/,
  accepted: 'a login without spaces, such as host/BotApp/myDemoApp for a host or Dave@BotApp for a user',
};
const methodForm = { pattern: /^api_key$/, accepted: 'api_key, the one method that there is' };

/** The `conjur` backend: CyberArk Conjur, now called Secrets Manager. Enterprise, since 3.11. */
export const conjurBackend: VaultBackend = {
  options: [
    { name: 'endpoint_url', type: 'url' },
    { name: 'auth_method', type: 'string', default: 'api_key', form: methodForm },
    { name: 'account', type: 'string', form: accountForm },
    { name: 'login', type: 'string', form: loginForm },
    { name: 'api_key', type: 'string' },
  ],
  async open(options: VaultOptionValues, world: BackendWorld): Promise<Vault> {
    const { openConjur } = await import('./fetch.ts');
    return openConjur(options, world);
  },
  async forecast(options) {
    const [endpoint, account, login] = ['endpoint_url', 'account', 'login'].map(
      (name) => textOf(options, name) ?? `<no ${name} is set>`,
    );
    return { endpoint: `${endpoint}`, authentication: `API key of ${login} in the account ${account}` };
  },
};
