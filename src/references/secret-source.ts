import type { Secret } from '../secret.ts';
import type { VaultReference } from './reference.ts';
import type { SecretObject } from './secret-object.ts';

/** One call to a vault: a reference with its options in force. References with equal keys share one fetch. */
export type SecretRequest = {
  /** Equal for (backend, effective options, secret id, version). Never printed: options can hold credentials. */
  readonly key: string;
  /** The backend's name: `aws`, `env`, ... */
  readonly vault: string;
  /** The key to look up in the secret; undefined for the whole secret. */
  readonly secretKey: string | undefined;
  /** The value is decoded from base64 after the secret key was looked up. */
  readonly base64Decode: boolean;
};

/** A secret as its vault has it: a text, or the fields of an object. */
export type WholeSecret = Secret<string | SecretObject>;

/** Where secrets come from. The vaults implement it; dereferencing knows nothing else of them. */
export type SecretSource = {
  /** Finds the backend and its options. Throws SettingError for an unknown backend or an invalid option. */
  prepare(reference: VaultReference): SecretRequest;
  /** The whole secret. Each call asks the vault. */
  fetch(request: SecretRequest): Promise<WholeSecret>;
  /** Gives back what the vaults have given for this start. Never throws; takes 2 s at most. */
  close(): Promise<void>;
};
