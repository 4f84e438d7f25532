import type { VaultEmulator } from '../emulators/hashicorp-vault.ts';
import { type Environment, type OpenVault, openVault } from './vault-world.ts';

export type { Environment } from './vault-world.ts';

/** Texts that no error and no line of the log may hold, whatever happens. */
export const forbidden = ['half-of-the-sec', 'hunter2', 's3cr3t'];

export type HcvOptions = {
  readonly signal?: AbortSignal;
  /** What kong.conf says. */
  readonly conf?: Readonly<Record<string, string>>;
};

export function hcvVault(environment: Environment, options: HcvOptions = {}): OpenVault {
  return openVault(environment, { ...options, hidden: forbidden });
}

/** The variables that lead to the emulator, with a token that may read everything. */
export function atVault(vault: VaultEmulator): Environment {
  return { ...placeOf(vault), KONG_VAULT_HCV_TOKEN: vault.createToken() };
}

/** The same without a token. */
export function placeOf(vault: VaultEmulator): Environment {
  const { protocol, port } = new URL(vault.url);
  return { KONG_VAULT_HCV_PROTOCOL: protocol.replace(':', ''), KONG_VAULT_HCV_PORT: port };
}
