import { SettingError } from '../errors.ts';
import { readTextFile, UnreadableFileError } from '../process/read-file.ts';
import { parseLuaNumber } from './lua-number.ts';
import { isReference, splitList } from './setting-value.ts';
import { readTrustedCertificates } from './trusted-certificates.ts';

/** The TLS versions that `pg_ssl_version` takes (Kong's database settings, 3.9). */
export const tlsVersions = ['tlsv1_1', 'tlsv1_2', 'tlsv1_3', 'any'] as const;
export type TlsVersion = (typeof tlsVersions)[number];

/** What is wrong with a text, and what to give instead. */
export type Problem = { readonly message: string; readonly hint: string };
/** Checks a setting's text, trimmed and not empty. Returns undefined where Kong reads it as the operator meant it. */
export type Check = (text: string) => Problem | undefined;

export function wholeNumber(largest: number, message: string): Check {
  return (text) => {
    const value = parseLuaNumber(text);
    if (value !== undefined && Number.isInteger(value) && value >= 0 && value <= largest) return undefined;
    return {
      message,
      hint: `give a whole number from 0 to ${largest}; a reference must stand for one, as a JSON string`,
    };
  };
}

export function checkSwitch(text: string): Problem | undefined {
  if (['on', 'off', 'true', 'false'].includes(text)) return undefined;
  return {
    message: 'the value is neither on nor off',
    hint: 'give on, off, true or false, in lower case; Kong silently treats any other value as off',
  };
}

export function checkDatabase(text: string): Problem | undefined {
  if (text === 'postgres') return undefined;
  return {
    message: 'the value is not postgres, the one database that can be prepared here',
    hint: 'give postgres, or off for a Kong without a database; KONG_ENTRYPOINT_MIGRATIONS=off leaves the database alone',
  };
}

export function checkHost(text: string): Problem | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a name with one of these is not a host's
  const isHost = text.startsWith('/') || !/[\s/@\u0000-\u001f]|^[^:]*:\d+$/.test(text);
  if (isHost) return undefined;
  return {
    message: 'the value is not the name of a host',
    hint: 'give a name or an address alone: the port is KONG_PG_PORT, and the folder of a socket begins with /',
  };
}

export function checkTlsVersion(text: string): Problem | undefined {
  if (tlsVersions.some((version) => version === text)) return undefined;
  return {
    message: 'the value is not a TLS version that Kong accepts',
    hint: `give one of: ${tlsVersions.join(', ')}`,
  };
}

export function checkPemFile(path: string): Problem | undefined {
  return problemOf(() => readPemFile(path));
}

export function checkTrustedCertificates(text: string): Problem | undefined {
  const elements = (splitList(text) ?? []).filter((element) => element !== 'system' && !isReference(element));
  return problemOf(() => readTrustedCertificates(elements));
}

/** The text of a PEM file that a setting names. Throws SettingError for a file that cannot be read. */
export function readPemFile(path: string, settingKey?: string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    throw new SettingError(`the file cannot be read: ${error.message}`, {
      settingKey,
      hint: 'give the path of a PEM file that the user of the container may read',
      cause: error,
    });
  }
}

/** The problem that reading meets, in the words of its error. */
function problemOf(read: () => unknown): Problem | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    return { message: error.message, hint: error.hint };
  }
}
