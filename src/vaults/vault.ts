import type { Log } from '../log.ts';
import type { WholeSecret } from '../references/secret-source.ts';

/** Which secret is fetched: its id without the key, and the number after `#` as text. */
export type SecretName = {
  readonly secretId: string;
  readonly version: string | undefined;
};

/** A backend with the options in force, its SDK loaded. */
export type Vault = {
  /**
   * The whole secret, as an object where the vault answers one. Each call asks the vault. Throws an EntrypointError that says what
   * happened and what to do, never a value. When the world's signal aborts, throws the signal's reason, whatever that is.
   */
  fetch(name: SecretName): Promise<WholeSecret>;
  /** For `--check`, after a fetch: asks the vault what of this access expires; one sentence for each. Throws as `fetch` does. */
  listExpiring?(): Promise<readonly string[]>;
  /**
   * Closes connections and gives back what logins gave for this start, such as a token. Called when nothing more will be fetched, also
   * after the world's signal has aborted. Never throws; takes 2 s at most.
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
   * A second name, under which the backend gets the value of the settings alone, without the reference's query: for an option that a
   * query may narrow but not widen.
   */
  readonly configuredAs?: string;
  /** What a `string` must match; `accepted` says so, as the end of the sentence "give ...". */
  readonly form?: { readonly pattern: RegExp; readonly accepted: string };
};

export type VaultOptionValues = Readonly<Record<string, string | number | boolean>>;

/** What a backend uses of the world around it. */
export type VaultWorld = {
  /** The environment of the start. Backends read this, never `process.env`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Aborted when the start is stopped or its time is up. */
  readonly signal: AbortSignal;
};

/** What a backend would do for a reference, for `--plan`. Nothing of it is secret. */
export type VaultForecast = {
  /** The address that is called, or the place that is read. */
  readonly endpoint: string;
  /** The region, and where it comes from; undefined for a backend without regions. */
  readonly region?: { readonly name: string | undefined; readonly origin: string };
  /** How the backend authenticates. */
  readonly authentication: string;
  /** The role that is assumed first. */
  readonly role?: string;
  /** What of this access expires while Kong still runs, in a sentence. */
  readonly runsOut?: string;
};

/** The world of a backend that is opened. */
export type BackendWorld = VaultWorld & {
  /** PEM texts of the authorities that Kong trusts (`lua_ssl_trusted_certificate`). Throws SettingError for a certificate that cannot be used. */
  trustedByKong(): string[];
};

/** The two parts of a reference's path, as parseReference divides it. */
export type SecretLocation = { readonly secretId: string; readonly secretKey?: string };

/** A row of the table of backends. Its SDK is loaded by `open`, not before. */
export type VaultBackend = {
  readonly options: readonly VaultOption[];
  /** For a backend where the last part of a path is not always a key: the id to fetch, and the key to look up in it. */
  locate?(location: SecretLocation, options: VaultOptionValues): SecretLocation;
  open(options: VaultOptionValues, world: BackendWorld): Promise<Vault>;
  /** Says what a fetch would do. Reads the environment and files, and asks no network. */
  forecast(
    options: VaultOptionValues,
    name: SecretName,
    environment: VaultWorld['environment'],
  ): Promise<VaultForecast>;
};
