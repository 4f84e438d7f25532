import type { Log } from '../log.ts';
import type { WholeSecret } from '../references/secret-source.ts';

/** What a backend may be asked: the id without the key, and the number after `#` as text. */
export type SecretName = {
  readonly secretId: string;
  readonly version: string | undefined;
};

/** An opened backend: its options are in force, its SDK is loaded. */
export type Vault = {
  /**
   * The whole secret, as an object where the vault answers one; each call asks the vault. Throws an EntrypointError that says what happened and what to
   * do, never a value. When the world's signal aborts, it throws the signal's reason, whatever that is.
   */
  fetch(name: SecretName): Promise<WholeSecret>;
  /** For `--check`, after a fetch: asks the vault what of this access expires, and says so in sentences. Throws as `fetch` does. */
  listExpiring?(): Promise<readonly string[]>;
  /**
   * Gives back what the vault has given for this start, such as a token of ours, once no more is asked. As well as it can: it never
   * throws, takes 2 s at most, and works also when the world's signal has aborted.
   */
  close?(): Promise<void>;
};

export type VaultOptionType = 'string' | 'number' | 'boolean' | 'url';

/** One option of a backend: `?name=` in a reference, `KONG_VAULT_<BACKEND>_<NAME>`, `vault_<backend>_<name>`. */
export type VaultOption = {
  readonly name: string;
  readonly type: VaultOptionType;
  readonly default?: string;
  /**
   * The backend is also given, under this name, what the settings say, whatever a reference's query says: for an
   * option whose query may narrow the setting and not widen it.
   */
  readonly configuredAs?: string;
  /** What a `string` must match, and how to say it: `accepted` ends the sentence "give ...". */
  readonly form?: { readonly pattern: RegExp; readonly accepted: string };
};

export type VaultOptionValues = Readonly<Record<string, string | number | boolean>>;

/** What a backend may use of the world. */
export type VaultWorld = {
  /** The environment that the start was given. Backends read this, never `process.env`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Aborted when the start is stopped or its time is up. */
  readonly signal: AbortSignal;
};

/** What a backend would do for a reference, told without asking anybody. Nothing of it is secret. */
export type VaultForecast = {
  /** The address that is called, or the place that is read. */
  readonly endpoint: string;
  /** Where the region comes from and which it is; undefined for a backend without regions. */
  readonly region?: { readonly name: string | undefined; readonly origin: string };
  /** How the vault learns who asks. */
  readonly authentication: string;
  /** The role that is taken on before the vault is asked. */
  readonly role?: string;
  /** What of this access runs out one day while Kong goes on, in a sentence. */
  readonly runsOut?: string;
};

/** What a backend is opened in. */
export type BackendWorld = VaultWorld & {
  /** PEM texts of the authorities that Kong trusts (`lua_ssl_trusted_certificate`). Throws SettingError for what is unusable. */
  trustedByKong(): string[];
};

/** The two parts of a reference's path, as parseReference divides it. */
export type SecretLocation = { readonly secretId: string; readonly secretKey?: string };

/** A row of the table of backends. Opening one loads its SDK; nothing is loaded before. */
export type VaultBackend = {
  readonly options: readonly VaultOption[];
  /** For a backend where the last part of the path is not always a key: the id to ask for, and the key to look up in it. */
  locate?(location: SecretLocation, options: VaultOptionValues): SecretLocation;
  open(options: VaultOptionValues, world: BackendWorld): Promise<Vault>;
  /** Tells what a fetch would do. Reads the environment and files beside it, and no network. */
  forecast(
    options: VaultOptionValues,
    name: SecretName,
    environment: VaultWorld['environment'],
  ): Promise<VaultForecast>;
};
