import { revealSecret } from '../secret.ts';
import type { Setting, Settings } from '../settings/setting.ts';
import { splitList } from '../settings/setting-value.ts';
import type { DereferencedValues } from './dereference.ts';
import { findReferences } from './find-references.ts';

/**
 * The text of a setting with its references replaced by their values: as it is where it holds none, undefined where a value is
 * missing.
 */
export function textWithValues(setting: Setting, values: DereferencedValues): string | undefined {
  const references = findReferences(new Map([[setting.key, setting]]));
  const texts = new Map(
    references.map((reference) => [reference.element, valueFor(setting.key, reference.text, values)]),
  );
  if ([...texts.values()].includes(undefined)) return undefined;
  return references.length === 0 ? setting.text : replaceReferences(setting, texts);
}

/** The text of a setting with these texts in place of its references: by the place in a list, or undefined for the whole setting. */
export function replaceReferences(
  setting: Setting,
  texts: ReadonlyMap<number | undefined, string | undefined>,
): string {
  const whole = texts.get(undefined);
  if (whole !== undefined) return whole;
  return (splitList(setting.text) ?? []).map((text, element) => texts.get(element) ?? text).join(',');
}

function valueFor(key: string, text: string, values: DereferencedValues): string | undefined {
  for (const [found, secret] of values) {
    if (found.setting.key === key && found.text === text) return revealSecret(secret);
  }
  return undefined;
}

/** The settings with every value that is known in place of its reference; an empty value unsets a setting, as in Kong. */
export function withValues(settings: Settings, values: DereferencedValues): Settings {
  const replaced = [...settings].map(([key, setting]) => {
    return [key, { ...setting, text: textWithValues(setting, values) ?? setting.text }] as const;
  });
  return new Map(replaced.filter(([, { text }]) => text !== ''));
}
