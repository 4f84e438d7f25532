import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeOf, EntrypointError, SecretContentError, SettingError, SystemRefusedError } from '../../errors.ts';
import { readFileBytes, UnreadableFileError } from '../../process/read-file.ts';
import { Secret } from '../../secret.ts';
import { textOf } from '../option-value.ts';
import type { SecretName, Vault, VaultOptionValues } from '../vault.ts';
import { climbsOut, explainFile, leadsOut, noFile } from './explain.ts';
import { findPrefix, isInside, type Prefix } from './prefix.ts';

/** The files below the prefix. Throws SettingError for a prefix that cannot be used. */
export function openFiles(options: VaultOptionValues): Vault {
  const prefix = findPrefix(textOf(options, 'prefix'), textOf(options, 'configured_prefix'));
  return {
    async fetch(name) {
      refuseVersion(name);
      return new Secret(readSecretFile(name.secretId, prefix));
    },
  };
}

function refuseVersion({ version }: SecretName): void {
  if (version === undefined || Number(version) === 1) return;
  throw new SettingError('the fs vault has no such version', {
    hint: 'a file has its current content only: write #1 or nothing',
  });
}

/** A Kubernetes volume replaces all its files at once: a path that was just resolved may be gone. */
const ATTEMPTS = 3;

/**
 * The text of the file that a secret's id names below the prefix. Symbolic links are followed, as the mounts of
 * Kubernetes are made of them, and none may lead out of the prefix. Only a regular file is opened, so nothing is ever
 * waited for. Throws an EntrypointError for everything else.
 */
export function readSecretFile(secretId: string, prefix: Prefix): string {
  const path = `${prefix.path}/${secretId}`;
  const clean = resolve(path);
  if (path.includes('\0')) throw noFile('the name holds a NUL byte, which no file name can');
  if (!isInside(clean, prefix.path)) throw climbsOut(prefix.path);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return readAsText(path, prefix);
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      if (code !== 'ENOENT' || attempt === ATTEMPTS) throw explainFile(clean, error, code);
    }
  }
}

/** The system's code for a file that cannot be read; undefined for an error of ours, and for a bug. */
function systemCode(error: unknown): string | undefined {
  if (error instanceof UnreadableFileError) return error.code;
  return error instanceof EntrypointError || codeOf(error) === 'unknown' ? undefined : codeOf(error);
}

function readAsText(path: string, { bound }: Prefix): string {
  const real = realpathSync.native(path);
  if (!isInside(real, bound)) throw leadsOut(path, bound);
  const kind = kindOf(real);
  if (kind !== 'a file') throw noFile(`${path} is ${kind}`);
  const bytes = readFileBytes(real, {
    followLink: false,
    admit: (descriptor) => {
      if (!isInside(pathOf(descriptor), bound)) throw leadsOut(path, bound);
    },
  });
  return decode(bytes, path);
}

/** Asked before the file is opened: opening a device or a pipe can have effects. */
function kindOf(path: string): string {
  const stats = lstatSync(path);
  if (stats.isFile()) return 'a file';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** Where the opened file is, by the kernel: a link that changed since it was resolved cannot deceive it. */
function pathOf(descriptor: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch (error) {
    throw new SystemRefusedError(`/proc does not say where an opened file is (${codeOf(error)})`, {
      hint: 'mount /proc in the container; it shows whether a file is inside the prefix of the fs vault',
      cause: error,
    });
  }
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SecretContentError(`${path} is not text in UTF-8`, {
      hint: 'store the value as text; bytes can be stored in base64, with KONG_VAULT_FS_BASE64_DECODE=on',
    });
  }
}
