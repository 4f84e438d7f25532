import { SettingError } from '../errors.ts';
import type { KongConfiguration } from './kong-configuration.ts';
import { defaultsOf } from './kong-defaults.ts';
import { isKongBefore } from './kong-version.ts';
import { nameSetting, variableOf } from './setting.ts';
import { isReference } from './setting-value.ts';

type Given = Pick<KongConfiguration, 'settings' | 'unset' | 'kongVersion'>;

/** A connection for which `tls_certificate_verify` forbids to leave certificates unverified. */
type Guarded = {
  /** The setting that may not be off. */
  readonly verify: string;
  /** What makes this a connection with TLS, as the error names it. */
  readonly tls: { readonly key: string; readonly texts: readonly string[]; readonly said: string };
  readonly authority: string;
};

const guarded: readonly Guarded[] = [
  {
    verify: 'pg_ssl_verify',
    tls: { key: 'pg_ssl', texts: ['on', 'true'], said: 'pg_ssl is on' },
    authority: 'the authority of the server',
  },
  {
    verify: 'vault_hcv_ssl_verify',
    tls: { key: 'vault_hcv_protocol', texts: ['https'], said: 'vault_hcv_protocol is https' },
    authority: 'the authority of Vault',
  },
];

/** Kong's default for the `hcv` vault, in every version. It is none of the settings that Kong has defaults for. */
const vaultDefaults: Readonly<Record<string, string>> = { vault_hcv_ssl_verify: 'on' };

/**
 * What this version of Kong refuses to start with: from 3.14 on `tls_certificate_verify` is on by default, and then no certificate may go
 * unverified (Kong Gateway's configuration reference, 3.14). Found here, before anything is migrated for a Kong that will not start.
 * A setting that is still a reference has no value yet and is not looked at.
 */
export function refusedByKong(given: Given): SettingError[] {
  const { isSet, textOf } = readTexts(given);
  if (!isOn(textOf('tls_certificate_verify')) || isKongBefore(given.kongVersion, 3, 13)) return [];
  const because = isSet('tls_certificate_verify') ? 'is on' : 'is on by default from 3.14';
  return guarded.flatMap(({ verify, tls, authority }) => {
    if (!tls.texts.includes(textOf(tls.key)) || !isOff(textOf(verify))) return [];
    const setting = given.settings.get(verify);
    return new SettingError(`it is off while ${tls.said}, and Kong refuses that: tls_certificate_verify ${because}`, {
      subject: setting === undefined ? variableOf(verify) : nameSetting(setting),
      settingKey: verify,
      hint: `set ${variableOf(verify)}=on, with ${authority} in KONG_LUA_SSL_TRUSTED_CERTIFICATE; KONG_TLS_CERTIFICATE_VERIFY=off would take the check from every connection of Kong`,
    });
  });
}

function readTexts({ settings, unset, kongVersion }: Given) {
  const defaults = defaultsOf(kongVersion);
  return {
    isSet: (key: string): boolean => settings.has(key),
    textOf(key: string): string {
      const text = settings.get(key)?.text;
      if (text !== undefined) return text;
      return unset.has(key) ? '' : (defaults.get(key) ?? vaultDefaults[key] ?? '');
    },
  };
}

/** Kong's own settings take lower case only, and are checked for that elsewhere; those of a vault take any. */
function isOn(text: string): boolean {
  return ['on', 'true'].includes(text.toLowerCase());
}

/** Unset is off as well. A reference is neither. */
function isOff(text: string): boolean {
  return !isOn(text) && !isReference(text);
}
