import { SettingError } from '../../errors.ts';
import { textOf } from '../option-value.ts';
import type { SecretName, VaultOptionValues } from '../vault.ts';

/** Where a secret is read, and its names in errors and policies. */
export type SecretPath = {
  readonly kv: 'v1' | 'v2';
  readonly mount: string;
  readonly secretId: string;
  readonly version: string | undefined;
  /** From `/v1/` on, encoded, with the query. */
  readonly request: string;
  /** As a policy names it. */
  readonly policy: string;
};

/** Throws SettingError for a version that the engine cannot have, and for a path that would read another secret. */
export function secretPath({ secretId, version }: SecretName, options: VaultOptionValues): SecretPath {
  const kv = textOf(options, 'kv') === 'v2' ? 'v2' : 'v1';
  const mount = withoutEnds(textOf(options, 'mount') ?? '');
  assertVersion(version, kv);
  const middle = kv === 'v2' ? '/data' : '';
  const encoded = `${encodePath(mount, 'the option mount')}${middle}/${encodePath(secretId, "the secret's path")}`;
  return {
    kv,
    mount,
    secretId,
    version,
    request: `/v1/${encoded}${version === undefined ? '' : `?version=${version}`}`,
    policy: `${mount}${middle}/${withoutEnds(secretId)}`,
  };
}

function assertVersion(version: string | undefined, kv: 'v1' | 'v2'): void {
  if (version === undefined) return;
  if (kv === 'v1') {
    throw new SettingError('the reference names a version, and the KV engine of version 1 keeps only the latest', {
      hint: 'remove # and what follows from the reference; or, for an engine of version 2, set KONG_VAULT_HCV_KV=v2',
    });
  }
  if (!/^[1-9]\d{0,9}$/.test(version)) {
    throw new SettingError('the hcv vault has no such version', {
      hint: 'write the number of a version after #, such as #3, or nothing for the latest',
    });
  }
}

/**
 * A path as a URL has it: its parts encoded, its slashes kept, and without a slash at either end, as Kong asks for it. Throws
 * SettingError for a part that is empty, `.` or `..`: a URL with it would name another path.
 */
export function encodePath(path: string, what: string): string {
  const parts = withoutEnds(path).split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new SettingError(`${what} has a part that is empty, . or ..`, {
      hint: 'write the path as Vault knows it: names with one / between them',
    });
  }
  return parts.map(encodeURIComponent).join('/');
}

function withoutEnds(path: string): string {
  return path.replace(/^\/|\/$/g, '');
}
