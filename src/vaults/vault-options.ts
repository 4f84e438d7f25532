import { SettingError } from '../errors.ts';
import type { VaultReference } from '../references/reference.ts';
import { nameSetting, type Setting, type Settings } from '../settings/setting.ts';
import { acceptedFor, readOptionValue } from './option-value.ts';
import { readSettingText } from './setting-text.ts';
import type { VaultOption, VaultOptionValues, VaultWorld } from './vault.ts';

/** What decides the options in force for one reference. */
export type OptionSources = {
  /** The backend's name, as in the reference. */
  readonly vault: string;
  /** The backend's own options; those that every backend has are added here. */
  readonly options: readonly VaultOption[];
  readonly query: VaultReference['options'];
  readonly settings: Settings;
  readonly environment: VaultWorld['environment'];
  readonly warn: (message: string) => void;
};

/** Every backend has it since 3.11. */
const base64Option: VaultOption = { name: 'base64_decode', type: 'boolean' };

/** Every backend but env has these since 3.4. We fetch once, so they are only checked. */
const times: readonly VaultOption[] = [
  { name: 'ttl', type: 'number' },
  { name: 'neg_ttl', type: 'number' },
  { name: 'resurrect_ttl', type: 'number' },
];

/** Kong's pages call the base64 flag's variable `..._DECODE_BASE64`, its schema calls the field `base64_decode`. */
const otherSpelling: Readonly<Record<string, string>> = { base64_decode: 'decode_base64' };

/**
 * The options in force: query > `KONG_VAULT_<BACKEND>_<NAME>` > `vault_<backend>_<name>` in kong.conf > default.
 * An option that is unset everywhere is absent. Kong drops an invalid value in silence, and may then read another secret than the operator
 * meant. We throw a SettingError instead, which names the source, the form of the value and what is accepted. An option that the backend
 * does not have is a warning.
 */
export function effectiveOptions(sources: OptionSources): VaultOptionValues {
  const options = [...sources.options, ...(sources.vault === 'env' ? [] : times), base64Option];
  warnOfUnknown(sources, options);
  const values: Record<string, string | number | boolean> = {};
  for (const option of options) {
    const value = fromQuery(option, sources.query) ?? fromSettings(option, sources) ?? option.default;
    if (value !== undefined) values[option.name] = value;
    const configured = option.configuredAs === undefined ? undefined : fromSettings(option, sources);
    if (option.configuredAs !== undefined && configured !== undefined) values[option.configuredAs] = configured;
  }
  return values;
}

function fromQuery(option: VaultOption, query: VaultReference['options']): string | number | boolean | undefined {
  const given = query !== undefined && Object.hasOwn(query, option.name) ? query[option.name] : undefined;
  if (given === undefined) return undefined;
  if (given === true && option.type === 'boolean') return true;
  if (typeof given !== 'string') {
    throw inQuery(option, given === true ? 'without a value' : 'given several times', acceptedFor(option));
  }
  if (given.trim() === '') return undefined;
  const read = readOptionValue(option, given.trim());
  if ('value' in read) return read.value;
  throw inQuery(option, read.form, read.accepted);
}

function inQuery(option: VaultOption, form: string, accepted: string): SettingError {
  return new SettingError(`the option ?${option.name} of the reference is ${form}`, { hint: `give ${accepted}` });
}

function fromSettings(option: VaultOption, sources: OptionSources): string | number | boolean | undefined {
  const found = settingOf(option, sources);
  if (found === undefined) return undefined;
  const text = readSettingText(found, sources.settings, sources.environment).trim();
  if (text === '') return undefined;
  const read = readOptionValue(option, text);
  if ('value' in read) return read.value;
  throw new SettingError(`this is ${read.form}`, { subject: nameSetting(found), hint: `give ${read.accepted}` });
}

/** A variable wins over kong.conf, in whichever spelling. Throws SettingError for two spellings that disagree. */
function settingOf(option: VaultOption, { vault, settings }: OptionSources): Setting | undefined {
  const given = settingNames(option, vault).flatMap((key) => settings.get(key) ?? []);
  const variables = given.filter(({ origin }) => origin.kind !== 'conf');
  const [first, second] = variables.length > 0 ? variables : given;
  if (first === undefined || second === undefined || first.text === second.text) return first;
  throw new SettingError(`${nameSetting(first)} and ${nameSetting(second)} are the same option, and they differ`, {
    subject: nameSetting(first),
    hint: 'remove one of them: they are two spellings of the same name',
  });
}

function settingNames(option: VaultOption, vault: string): string[] {
  const other = otherSpelling[option.name];
  const names = other === undefined ? [option.name] : [option.name, other];
  return names.map((name) => `${settingPrefix(vault)}${name}`);
}

function settingPrefix(vault: string): string {
  return `vault_${vault.replaceAll('-', '_')}_`;
}

/** `vault_azure_certs_ttl` is not an option of azure: Kong has a backend whose name begins with another's. */
function isOfAnother(key: string, vault: string): boolean {
  return vault === 'azure' && key.startsWith(settingPrefix('azure-certs'));
}

function warnOfUnknown(sources: OptionSources, options: readonly VaultOption[]): void {
  const known = new Set(options.flatMap((option) => settingNames(option, sources.vault)));
  const have = options.map((option) => option.name).join(', ');
  for (const [key, setting] of sources.settings) {
    if (!key.startsWith(settingPrefix(sources.vault)) || known.has(key) || isOfAnother(key, sources.vault)) continue;
    sources.warn(`${nameSetting(setting)}: the ${sources.vault} vault has no such option; it has ${have}`);
  }
  for (const name of Object.keys(sources.query ?? {})) {
    if (options.some((option) => option.name === name)) continue;
    sources.warn(`the ${sources.vault} vault has no option ?${name}, which a reference gives; it has ${have}`);
  }
}
