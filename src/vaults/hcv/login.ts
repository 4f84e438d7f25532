import type { BackendWorld, VaultOptionValues } from '../vault.ts';

/** A login as it is sent to Vault. */
export type Login = {
  /** The value of `auth_method`. */
  readonly method: string;
  /** From `/v1/` on, encoded. */
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
  /** What no error may repeat. */
  readonly secrets: readonly string[];
  /** What to check where Vault refuses it. */
  readonly hint: string;
};

/** Makes a login ready: reads files, asks for a token elsewhere, signs. Throws SettingError for a missing option. */
export type PrepareLogin = (options: VaultOptionValues, world: BackendWorld) => Login | Promise<Login>;
