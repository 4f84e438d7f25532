import type { Setting } from '../settings/setting.ts';
import { typeOfSetting } from '../settings/setting-types.ts';
import { isReference, splitList } from '../settings/setting-value.ts';

/** A vault reference and the setting that holds it. */
export type FoundReference = {
  readonly setting: Setting;
  /** `{vault://...}`, as it stands in the setting. */
  readonly text: string;
  /** Its place in a list setting, from 0; undefined where it is the whole setting. */
  readonly element: number | undefined;
};

/**
 * The references in a setting. A reference is a whole setting, never a part of one; only list settings are split at their commas first, and each
 * element counts (Kong's conf_loader/init.lua).
 */
export function findReferences(setting: Setting): FoundReference[] {
  if (typeOfSetting(setting.key) !== 'list') {
    return isReference(setting.text) ? [{ setting, text: setting.text, element: undefined }] : [];
  }
  return (splitList(setting.text) ?? []).flatMap((text, element) =>
    isReference(text) ? [{ setting, text, element }] : [],
  );
}
