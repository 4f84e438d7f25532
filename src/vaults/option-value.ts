import type { VaultOption, VaultOptionType, VaultOptionValues } from './vault.ts';

/** The value of an option, or what is wrong with its text: the form that it has, never the text itself, and what is accepted. */
export type OptionValue =
  | { readonly value: string | number | boolean }
  | { readonly form: string; readonly accepted: string };

const words: Readonly<Record<string, boolean>> = { on: true, true: true, off: false, false: false };

/** Reads the text of an option as the option's type. The text is trimmed and not empty. */
export function readOptionValue(option: VaultOption, text: string): OptionValue {
  return readers[option.type](option, text);
}

/** What an operator may write for an option: the end of the sentence "give ...". */
export function acceptedFor(option: VaultOption): string {
  return option.form?.accepted ?? accepted[option.type];
}

const accepted: Readonly<Record<VaultOptionType, string>> = {
  string: 'a text',
  number: 'a number of seconds, 0 or more',
  boolean: 'on, off, true or false',
  url: 'a URL that begins with https:// or http://, without a user, a query or a fragment',
};

const readers: Readonly<Record<VaultOptionType, (option: VaultOption, text: string) => OptionValue>> = {
  string: (option, text) => {
    if (option.form !== undefined && !option.form.pattern.test(text)) return unusable(option, 'malformed');
    return { value: text };
  },
  number: (option, text) => {
    if (!/^\d+(\.\d+)?$/.test(text)) return unusable(option, 'text where a number is expected');
    return { value: Number(text) };
  },
  boolean: (option, text) => {
    const value = words[text.toLowerCase()];
    return value === undefined ? unusable(option, 'text where on or off is expected') : { value };
  },
  url: (option, text) => (isPlainUrl(text) ? { value: text } : unusable(option, 'not a usable URL')),
};

function unusable(option: VaultOption, form: string): OptionValue {
  return { form, accepted: acceptedFor(option) };
}

function isPlainUrl(text: string): boolean {
  if (!/^https?:\/\/[^/\s]/i.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

/** The text of an option in force; undefined where it is unset. */
export function textOf(options: VaultOptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
