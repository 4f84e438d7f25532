import type { Setting, Settings } from '../settings/setting.ts';
import { typeOfSetting } from '../settings/setting-types.ts';
import { splitList } from '../settings/setting-value.ts';
import { isReference } from './reference.ts';

/** A vault reference and the setting that holds it. */
export type FoundReference = {
  readonly setting: Setting;
  /** `{vault://...}`, as it stands in the setting. */
  readonly text: string;
  /** Its place in a list setting, from 0; undefined where it is the whole setting. */
  readonly element: number | undefined;
};

/**
 * Every reference in Kong's settings. A reference is a whole setting, never a part of one; only list settings are split at their
 * commas first, and each element counts (Kong's conf_loader/init.lua).
 */
export function findReferences(settings: Settings): FoundReference[] {
  return [...settings.values()].flatMap(referencesIn);
}

function referencesIn(setting: Setting): FoundReference[] {
  if (typeOfSetting(setting.key) !== 'list') {
    return isReference(setting.text) ? [{ setting, text: setting.text, element: undefined }] : [];
  }
  return (splitList(setting.text) ?? []).flatMap((text, element) =>
    isReference(text) ? [{ setting, text, element }] : [],
  );
}
