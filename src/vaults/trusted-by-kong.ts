import { knowSettings } from '../references/known-settings.ts';
import { nameOrigin } from '../references/name-origin.ts';
import { defaultsOf } from '../settings/kong-defaults.ts';
import type { Setting, Settings } from '../settings/setting.ts';
import { splitList } from '../settings/setting-value.ts';
import { readTrustedCertificates } from '../settings/trusted-certificates.ts';
import { readSettingText } from './setting-text.ts';
import type { VaultWorld } from './vault.ts';

const key = 'lua_ssl_trusted_certificate';

/**
 * PEM texts of the authorities that Kong trusts. An element may be a reference to the env vault; one to another vault
 * would have to be read before it can be trusted. Throws SettingError for an element that is unusable.
 */
export function trustedByKong(
  settings: Settings,
  unset: ReadonlySet<string>,
  environment: VaultWorld['environment'],
): string[] {
  const setting = settings.get(key);
  const elements = setting === undefined ? defaultElements(unset, environment) : given(setting, settings, environment);
  try {
    return readTrustedCertificates(elements);
  } catch (error) {
    throw nameOrigin(error, knowSettings({ settings }));
  }
}

function given(setting: Setting, settings: Settings, environment: VaultWorld['environment']): string[] {
  const elements = splitList(setting.text) ?? [];
  return elements.map((text) => readSettingText({ ...setting, text }, settings, environment));
}

function defaultElements(unset: ReadonlySet<string>, environment: VaultWorld['environment']): string[] {
  const text = unset.has(key) ? undefined : defaultsOf(environment['KONG_VERSION']).get(key);
  return text === undefined ? [] : [text];
}
