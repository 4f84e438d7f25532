import { type EntrypointError, SecretContentError, SettingError } from '../../errors.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';

const fileHint = 'name a regular file: one that holds the value itself, or a JSON object whose key ends the reference';
const folderHint = 'give the folder that holds the secrets; the name of the file belongs in the reference';

const fileFaults = [
  {
    when: { code: /^(ENOENT|ENOTDIR)$/ },
    kind: 'not found',
    says: 'there is no file {path}',
    hint: 'check the name: the last part of a reference is a key in a JSON file, unless the rest is a folder',
  },
  {
    when: { code: 'EACCES' },
    kind: 'refused',
    says: 'the permissions of {path} do not allow this user to read it',
    hint: 'make it readable for the user that this container runs as (uid {uid}), and every folder above it accessible',
  },
  { when: { code: 'EFBIG' }, kind: 'content', says: '{path} is larger than 1 MiB', hint: fileHint },
  { when: { code: 'ELOOP' }, kind: 'setting', says: 'the symbolic links of {path} form a loop', hint: fileHint },
  { kind: 'setting', says: '{path} cannot be read ({code})', hint: fileHint },
] as const satisfies FaultTable;

/** What the system said when the path of a file was resolved, looked at or opened. */
export function explainFile(path: string, cause: unknown, code: string): EntrypointError {
  return explainBy(fileFaults, { code, cause }, { path, uid: `${process.geteuid?.() ?? '?'}` });
}

const folderFaults = [
  {
    when: { code: /^(ENOENT|ENOTDIR)$/ },
    kind: 'setting',
    says: 'the prefix {path} of the fs vault does not exist',
    hint: 'mount the secrets there, or set KONG_VAULT_FS_PREFIX to where they are',
  },
  {
    when: { code: 'EACCES' },
    kind: 'refused',
    says: 'the prefix {path} of the fs vault may not be entered',
    hint: 'allow the user that this container runs as (uid {uid}) to enter every folder above it',
  },
  { kind: 'setting', says: 'the prefix {path} of the fs vault cannot be used ({code})', hint: folderHint },
] as const satisfies FaultTable;

/** What the system said when the prefix was resolved. */
export function explainFolder(path: string, code: string): EntrypointError {
  return explainBy(folderFaults, { code }, { path, uid: `${process.geteuid?.() ?? '?'}` });
}

export function noFolder(path: string): EntrypointError {
  return new SettingError(`the prefix ${path} of the fs vault is not a folder`, { hint: folderHint });
}

export function climbsOut(prefix: string): EntrypointError {
  return new SettingError(`the name leaves ${prefix} through ..`, {
    hint: 'name a file below the prefix of the fs vault (KONG_VAULT_FS_PREFIX)',
  });
}

export function leadsOut(path: string, bound: string): EntrypointError {
  return new SettingError(`${path} leads out of ${bound} by a symbolic link`, {
    hint: 'put the file itself there, or set KONG_VAULT_FS_PREFIX to a folder above both',
  });
}

export function noFile(sentence: string): EntrypointError {
  return new SecretContentError(sentence, { hint: fileHint });
}
