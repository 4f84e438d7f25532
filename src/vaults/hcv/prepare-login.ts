import { AccessRefusedError, SettingError } from '../../errors.ts';
import { readTextFile, UnreadableFileError } from '../../process/read-file.ts';
import { textOf } from '../option-value.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { encodePath } from './vault-path.ts';

/** A login as it is sent to Vault. */
export type Login = {
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

/** The text of an option that `auth_method <method>` needs. Throws SettingError where it is unset. */
export function neededFor(method: string, options: VaultOptionValues, name: string): string {
  const text = textOf(options, name);
  if (text !== undefined) return text;
  throw new SettingError(`auth_method ${method} of the hcv vault needs the option ${name}, which is not set`, {
    hint: `set ${variableOf(name)}`,
  });
}

/** The whole path of a login, from an option such as `aws_login_path`. Throws SettingError for one that would climb. */
export function loginPath(options: VaultOptionValues, name: string): string {
  return `/${encodePath(textOf(options, name) ?? '', name)}`;
}

/** The place where a method looks for an identity has none. */
export function noIdentity(method: string, reason: string, hint: string): AccessRefusedError {
  return new AccessRefusedError(`auth_method ${method} of the hcv vault found no identity (${reason})`, { hint });
}

/** The trimmed text of the file that an option names. Throws SettingError where it cannot be read or is empty. */
export function readOptionFile(path: string, name: string): string {
  try {
    const text = readTextFile(path).trim();
    if (text !== '') return text;
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    throw unusableFile(`${path} cannot be read: ${error.message}`, name);
  }
  throw unusableFile(`${path} is empty`, name);
}

function unusableFile(sentence: string, name: string): SettingError {
  return new SettingError(sentence, {
    hint: `mount the file, readable for the user of the container, or name another one with ${variableOf(name)}`,
  });
}

function variableOf(name: string): string {
  return `KONG_VAULT_HCV_${name.toUpperCase()}`;
}
