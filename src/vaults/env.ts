import { SecretNotFoundError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { textOf } from './option-value.ts';
import type { SecretName, Vault, VaultBackend, VaultOptionValues, VaultWorld } from './vault.ts';

/** The `env` backend: a secret is a variable of this environment. Open source and Enterprise, since 2.8. */
export const envBackend: VaultBackend = {
  options: [
    {
      name: 'prefix',
      type: 'string',
      form: {
        pattern: /^[A-Za-z_-][A-Za-z0-9_-]*$/,
        accepted: 'letters, digits, _ and -, the first of them no digit',
      },
    },
  ],
  async open(options: VaultOptionValues, world: VaultWorld): Promise<Vault> {
    const prefix = textOf(options, 'prefix') ?? '';
    return { fetch: async (name) => new Secret(readVariable(name, prefix, world.environment)) };
  },
  async forecast(options, name) {
    const prefix = textOf(options, 'prefix') ?? '';
    return { endpoint: `variable ${variableFor(name, prefix)}`, authentication: 'none' };
  },
};

/** The text of the variable that a name stands for. An empty text is a value, as in Kong. Throws SecretNotFoundError where it is unset. */
export function readVariable(name: SecretName, prefix: string, environment: VaultWorld['environment']): string {
  const variable = variableFor(name, prefix);
  const value = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
  if (value !== undefined) return value;
  throw new SecretNotFoundError(`the variable ${variable} is not set`, {
    hint: `set ${variable}; the env vault reads the name in upper case with - as _, ${prefixInWords(prefix)}`,
  });
}

/** As `kong/vaults/env/init.lua` has it: upper case of ASCII, `-` becomes `_`; version 2, and no other, has a suffix. */
function variableFor(name: SecretName, prefix: string): string {
  const variable = `${prefix}${name.secretId}`.replaceAll('-', '_').replace(/[a-z]/g, (letter) => letter.toUpperCase());
  return Number(name.version) === 2 ? `${variable}_PREVIOUS` : variable;
}

function prefixInWords(prefix: string): string {
  return prefix === '' ? 'without a prefix (KONG_VAULT_ENV_PREFIX)' : `after the prefix "${prefix}"`;
}
