import { textOf } from '../option-value.ts';
import type { BackendWorld, Vault, VaultBackend, VaultForecast, VaultOptionValues } from '../vault.ts';
import { authMethods, pathForm } from './auth-methods.ts';

const forms = {
  protocol: { pattern: /^https?$/, accepted: 'http or https' },
  host: {
    pattern: /^(?:[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*|\[[0-9A-Fa-f:.]+\])$/,
    accepted: 'a host name or an address alone, without http:// and without a port',
  },
  port: {
    pattern: /^(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/,
    accepted: 'a port, 1 to 65535',
  },
  kv: { pattern: /^v[12]$/, accepted: 'v1 or v2' },
  header: { pattern: /^[\x20-\x7e]+$/, accepted: 'one line of plain letters, digits and signs' },
  authMethod: {
    pattern: new RegExp(`^(token|oauth2|${Object.keys(authMethods).join('|')})$`),
    accepted: `one of token, ${Object.keys(authMethods).join(', ')}`,
  },
} as const;

/**
 * The `hcv` backend: HashiCorp Vault and OpenBao, the KV engine. Enterprise; options since 2.8, most of the methods
 * of authentication since 3.1 to 3.14. Kong reads neither `VAULT_ADDR` nor `VAULT_TOKEN`.
 */
export const hcvBackend: VaultBackend = {
  options: [
    { name: 'protocol', type: 'string', default: 'http', form: forms.protocol },
    { name: 'host', type: 'string', default: '127.0.0.1', form: forms.host },
    { name: 'port', type: 'string', default: '8200', form: forms.port },
    { name: 'mount', type: 'string', default: 'secret', form: pathForm },
    { name: 'kv', type: 'string', default: 'v1', form: forms.kv },
    { name: 'namespace', type: 'string', form: forms.header },
    { name: 'ssl_verify', type: 'boolean' },
    { name: 'auth_method', type: 'string', default: 'token', form: forms.authMethod },
    { name: 'token', type: 'string', form: forms.header },
    ...Object.values(authMethods).flatMap((login) => login.options),
  ],
  async open(options: VaultOptionValues, world: BackendWorld): Promise<Vault> {
    const { openHashicorpVault } = await import('./fetch.ts');
    return openHashicorpVault(options, world);
  },
  async forecast(options) {
    const { addressOf } = await import('./vault-server.ts');
    return { endpoint: addressOf(options).origin, ...forecastLogin(options) };
  },
};

function forecastLogin(options: VaultOptionValues): Omit<VaultForecast, 'endpoint'> {
  const method = textOf(options, 'auth_method') ?? 'token';
  const { assumes = '', runsOut } = authMethods[method] ?? {};
  const role = textOf(options, assumes);
  return {
    authentication: method === 'token' ? 'the token that is set' : `a login by ${method}`,
    ...(role !== undefined && { role }),
    ...(runsOut !== undefined && { runsOut }),
  };
}
