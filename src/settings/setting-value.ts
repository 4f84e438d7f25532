import { parseLuaNumber } from './lua-number.ts';
import { trimLuaSpace } from './lua-space.ts';
import { typeOfSetting } from './setting-types.ts';

export type SettingValue = string | number | boolean | readonly string[];

/**
 * A setting's text as the type that Kong has for its key (conf_loader/parse.lua, parse_value, Kong 3.9);
 * undefined where that unsets it. A text that holds a reference is kept, whatever the type: it is not a value yet.
 * Of a list, each element may be one.
 */
export function typeSettingValue(key: string, text: string): SettingValue | undefined {
  const trimmed = trimLuaSpace(text);
  const type = typeOfSetting(key);
  if (type === 'list') return splitList(trimmed);
  if (isReference(trimmed)) return trimmed;
  switch (type) {
    case 'boolean':
      return trimmed === 'on' || trimmed === 'true';
    case 'switch':
      return trimmed === 'on' ? 'on' : 'off';
    case 'number':
      return parseLuaNumber(trimmed);
    case 'text':
      return trimmed === '' ? undefined : trimmed;
  }
}

/** The elements of a list setting, trimmed; undefined for none. */
export function splitList(text: string): readonly string[] | undefined {
  return text === '' ? undefined : text.split(',').map(trimLuaSpace);
}

/**
 * Whether Kong takes this text, trimmed already, for a vault reference (Kong 3.9, pdk/vault.lua, is_reference):
 * the whole text, never a part of it, in lower case.
 */
export function isReference(text: string): boolean {
  return text.startsWith('{vault://') && text.endsWith('}');
}
