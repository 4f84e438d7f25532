import {
  AccessRefusedError,
  type EntrypointError,
  SecretContentError,
  SecretNotFoundError,
  SettingError,
} from '../../errors.ts';

const fileHint = 'name a regular file: one that holds the value itself, or a JSON object whose key ends the reference';

export function climbsOut(prefix: string): EntrypointError {
  return new SettingError(`the name climbs out of ${prefix} by ..`, {
    hint: 'name a file below the prefix of the fs vault (KONG_VAULT_FS_PREFIX)',
  });
}

export function leadsOut(path: string, bound: string): EntrypointError {
  return new SettingError(`${path} leads out of ${bound} by a symbolic link`, {
    hint: 'put the file itself there, or set KONG_VAULT_FS_PREFIX to a folder above both',
  });
}

export function isNoFile(sentence: string): EntrypointError {
  return new SecretContentError(sentence, { hint: fileHint });
}

export function isNoText(path: string): EntrypointError {
  return new SecretContentError(`${path} is not text in UTF-8`, {
    hint: 'store the value as text; bytes can be stored in base64, with KONG_VAULT_FS_BASE64_DECODE=on',
  });
}

/** What the system said when the path was resolved, looked at or opened. */
export function unreadableFile(path: string, cause: unknown, code: string): EntrypointError {
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new SecretNotFoundError(`there is no file ${path}`, {
      hint: 'check the name: the last part of a reference is a key in a JSON file, unless the rest is a folder',
      cause,
    });
  }
  if (code === 'EACCES') {
    return new AccessRefusedError(`the permissions of ${path} do not allow this user to read it`, {
      hint: `make it readable for the user that this container runs as (uid ${process.geteuid?.() ?? '?'}), and every folder on the way enterable`,
      cause,
    });
  }
  if (code === 'EFBIG') return new SecretContentError(`${path} is larger than 1 MiB`, { hint: fileHint, cause });
  if (code === 'ELOOP') {
    return new SettingError(`the symbolic links of ${path} run in a circle`, { hint: fileHint, cause });
  }
  return new SettingError(`${path} cannot be read (${code})`, { hint: fileHint, cause });
}
