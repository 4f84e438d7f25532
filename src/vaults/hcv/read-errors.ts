import { AccessRefusedError, type EntrypointError, SecretNotFoundError, SettingError } from '../../errors.ts';
import { repeatable } from '../repeatable.ts';
import type { SecretPath } from './secret-path.ts';
import { quote, serverError } from './server-errors.ts';
import { objectIn, type VaultAnswer } from './vault-answer.ts';
import type { VaultServer } from './vault-server.ts';

/** What was read, with what. */
export type Reading = {
  readonly path: SecretPath;
  readonly token: string;
  /** The value of `auth_method`. */
  readonly method: string;
  readonly server: VaultServer;
};

/** Why a secret was not read, from an answer that holds none. */
export function readError(answer: VaultAnswer, reading: Reading): EntrypointError {
  const { status } = answer;
  const other = serverError(answer, reading.server);
  if (other !== undefined) return other;
  if (status === 404) return notFound(answer, reading);
  if (status === 403) return denied(answer, reading);
  if (status === 200) return withoutData(reading);
  return new SettingError(
    `${reading.server.place} does not serve ${nameOf(reading)} (status ${status})${quote(answer, [reading.token])}`,
    { hint: 'check the reference and the options of the hcv vault' },
  );
}

function notFound(answer: VaultAnswer, reading: Reading): EntrypointError {
  const { path } = reading;
  const warning = answer.warnings.map((text) => repeatable(text, [reading.token])).find((text) => text !== '');
  if (answer.warnings.some((text) => /versioned K\/V/i.test(text))) {
    if (path.kv === 'v2') return wrongMount(reading);
    return new SettingError(
      `the engine ${path.mount} keeps versions (KV version 2), and the option kv is ${path.kv}${warning === undefined ? '' : `; Vault warns: ${warning}`}`,
      { hint: 'set KONG_VAULT_HCV_KV=v2, and leave data/ out of the reference' },
    );
  }
  if (answer.errors.some((text) => /no handler for route|unsupported path/i.test(text))) {
    return new SettingError(`${reading.server.place} has no secrets engine ${path.mount}${inNamespace(reading)}`, {
      hint: 'check KONG_VAULT_HCV_MOUNT and KONG_VAULT_HCV_NAMESPACE',
    });
  }
  return deleted(answer, reading) ?? missing(reading);
}

/** A part of the secret's path was taken for the engine's: `data` stands in the wrong place. */
function wrongMount({ path, server }: Reading): SettingError {
  return new SettingError(
    `${path.mount} is not the path of a secrets engine of ${server.place}, but of something in one`,
    {
      hint: 'set KONG_VAULT_HCV_MOUNT to the path of the engine alone; what follows belongs to the reference',
    },
  );
}

function missing(reading: Reading): SecretNotFoundError {
  const { path } = reading;
  const version = path.version === undefined ? '' : ` in version ${path.version}`;
  const kv =
    path.kv === 'v1'
      ? 'set KONG_VAULT_HCV_KV=v2 if the engine keeps versions'
      : 'set KONG_VAULT_HCV_KV=v1 if the engine keeps no versions';
  return new SecretNotFoundError(`${nameOf(reading)}${version} not found`, {
    hint: `check its path and KONG_VAULT_HCV_MOUNT; the last part of a reference's path is the key, not the name; ${kv}`,
  });
}

/** KV version 2 answers 404 with the metadata of a version that is deleted or destroyed. */
function deleted({ object }: VaultAnswer, reading: Reading): SecretNotFoundError | undefined {
  const metadata = objectIn(objectIn(object, 'data'), 'metadata');
  if (metadata === undefined) return undefined;
  const version = typeof metadata['version'] === 'number' ? `version ${metadata['version']} of ` : '';
  const isDestroyed = metadata['destroyed'] === true;
  return new SecretNotFoundError(`${version}${nameOf(reading)} is ${isDestroyed ? 'destroyed' : 'deleted'}`, {
    hint: isDestroyed
      ? 'store the secret again: vault kv put'
      : 'bring it back (vault kv undelete -versions=...), store a new one, or refer to another version with #',
  });
}

function denied(answer: VaultAnswer, reading: Reading): AccessRefusedError {
  const { path, method, server } = reading;
  if (answer.errors.some((text) => /invalid token|bad token|missing client token/i.test(text))) {
    return new AccessRefusedError(
      `${server.place} does not take the token (auth_method ${method})${inNamespace(reading)}`,
      {
        hint: 'the token is wrong, expired, revoked, used up (num_uses), or of another namespace: give a new one',
      },
    );
  }
  return new AccessRefusedError(`${server.place} does not let us read ${nameOf(reading)} (auth_method ${method})`, {
    hint: `allow it to the token: path "${path.policy}" { capabilities = ["read"] }; check too KONG_VAULT_HCV_KV, KONG_VAULT_HCV_NAMESPACE, and whether a token of auth_method token has expired`,
  });
}

function withoutData({ path, server }: Reading): SettingError {
  return new SettingError(
    `what ${server.place} has at ${path.policy} is no secret of the KV engine, version ${path.kv.slice(1)}`,
    {
      hint: 'check KONG_VAULT_HCV_KV and KONG_VAULT_HCV_MOUNT',
    },
  );
}

function nameOf(reading: Reading): string {
  return `secret "${reading.path.secretId}" of the engine ${reading.path.mount}${inNamespace(reading)}`;
}

function inNamespace({ server }: Reading): string {
  return server.namespace === undefined ? '' : ` in namespace ${server.namespace}`;
}
