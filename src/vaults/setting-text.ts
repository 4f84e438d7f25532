import { concerning, EntrypointError, SecretContentError, SettingError } from '../errors.ts';
import { isReference, parseReference } from '../references/reference.ts';
import { readSecretKey } from '../references/secret-object.ts';
import { nameSetting, type Setting, type Settings } from '../settings/setting.ts';
import { readVariable } from './env.ts';
import type { VaultWorld } from './vault.ts';

/**
 * The text of a `vault_*` setting. It may be a reference to the `env` vault, as in Kong; not to another vault, whose options could need
 * this one. Throws SettingError, and SecretNotFoundError for a variable that is not set.
 */
export function readSettingText(setting: Setting, settings: Settings, environment: VaultWorld['environment']): string {
  if (!isReference(setting.text)) return setting.text;
  try {
    return followReference(setting, settings, environment);
  } catch (error) {
    throw error instanceof EntrypointError ? concerning(error, nameSetting(setting)) : error;
  }
}

function followReference(setting: Setting, settings: Settings, environment: VaultWorld['environment']): string {
  const reference = parseReference(setting.text);
  if (reference.vaultPrefix !== 'env' || setting.key === 'vault_env_prefix') {
    throw new SettingError('this refers to a vault, but only a reference to the env vault works here', {
      hint: 'write the value itself, or {vault://env/name}; KONG_VAULT_ENV_PREFIX must be the prefix itself',
    });
  }
  const name = { secretId: reference.secretId, version: reference.version };
  const variable = readVariable(name, envPrefix(reference.options, settings), environment);
  const value = readSecretKey(variable, reference.secretKey);
  if (!isReference(value.trim())) return value;
  throw new SecretContentError('the variable that this refers to holds a vault reference itself', {
    hint: 'write that reference here; a reference is followed once',
  });
}

function envPrefix(query: ReturnType<typeof parseReference>['options'], settings: Settings): string {
  const given = query?.['prefix'];
  return typeof given === 'string' ? given : (settings.get('vault_env_prefix')?.text ?? '');
}
