/**
 * The words that a text has places for. `{host}` is a place; a pair of brackets around one, as in `[ in namespace {namespace}]`, may be
 * absent as a whole. Other braces and brackets stand for themselves: `{ capabilities = ["read"] }`, `{vault://env/name}`.
 */
export type WordsAlways<Text extends string> = Text extends `${infer Before}[${string}]${infer After}`
  ? PlacesIn<Before> | WordsAlways<After>
  : PlacesIn<Text>;

/** Those that are in brackets. */
export type WordsSometimes<Text extends string> = Text extends `${string}[${infer Inside}]${infer After}`
  ? PlacesIn<Inside> | WordsSometimes<After>
  : never;

type PlacesIn<Text extends string> = string extends Text
  ? 'a text that is known to the compiler'
  : Text extends `${string}{${infer Name}}${infer Rest}`
    ? (Name extends `${string}${' ' | '/' | ':' | '"'}${string}` ? never : Name) | PlacesIn<Rest>
    : never;

/** One place, and one pair of brackets with places in it. `scripts/docs` reads the tables by the same patterns. */
export const place: RegExp = /\{([A-Za-z]+)\}/g;
export const brackets: RegExp = /\[([^[\]]*\{[A-Za-z]+\}[^[\]]*)\]/g;

export type Words = Readonly<Record<string, string | undefined>>;

/**
 * The text with its words. Brackets with a word that is undefined or empty are left out; outside them `instead` has a word for what is
 * undefined. A word's own text is never read for places. Throws TypeError for a place without a word, which the types do not allow.
 */
export function fillIn(text: string, words: Words, instead: Words): string {
  const isThere = (name: string): boolean => (words[name] ?? '') !== '';
  const whole = text.replace(brackets, (_, inside: string) => (placesIn(inside).every(isThere) ? inside : ''));
  return whole.replace(place, (_, name: string) => {
    const word = words[name] ?? instead[name];
    if (word === undefined) throw new TypeError(`no word for {${name}}`);
    return word;
  });
}

function placesIn(text: string): string[] {
  return [...text.matchAll(place)].map(([, name = '']) => name);
}
