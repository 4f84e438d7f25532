import { type CjsonToken, createCjsonLexer, JsonSyntaxError } from './cjson-lexer.ts';

/** A decoded value. A Map keeps a key such as `__proto__` a key, and the last of equal keys. */
export type CjsonValue = string | number | boolean | null | readonly CjsonValue[] | ReadonlyMap<string, CjsonValue>;

/** lua-cjson's `decode_max_depth`, which Kong leaves as it is. */
const DEPTH_LIMIT = 1000;

/**
 * Decodes JSON as the lua-cjson of OpenResty does, which Kong uses for secrets (pdk/vault.lua): it takes numbers that
 * `JSON.parse` refuses (`NaN`, `01`, `0x10`, `1.`, `+1`) and raw control characters in strings, it refuses unpaired
 * surrogates and more than 1000 levels, and it reads no further than a NUL.
 * Throws JsonSyntaxError, which says nothing: all there is to say is about a secret.
 */
export function decodeCjson(text: string): CjsonValue {
  if (text.length >= 2 && (text[0] === '\0' || text[1] === '\0')) throw new JsonSyntaxError();
  const next = createCjsonLexer(text);
  const value = readValue(next(), next, 0);
  expect(next(), 'end');
  return value;
}

type NextToken = () => CjsonToken;

function readValue(token: CjsonToken, next: NextToken, depth: number): CjsonValue {
  if (token.type === 'literal') return token.value;
  if (depth === DEPTH_LIMIT) throw new JsonSyntaxError();
  if (token.type === '{') return readObject(next, depth + 1);
  if (token.type === '[') return readArray(next, depth + 1);
  throw new JsonSyntaxError();
}

function readObject(next: NextToken, depth: number): ReadonlyMap<string, CjsonValue> {
  const object = new Map<string, CjsonValue>();
  let token = next();
  if (token.type === '}') return object;
  for (;;) {
    if (token.type !== 'literal' || typeof token.value !== 'string') throw new JsonSyntaxError();
    const key = token.value;
    expect(next(), ':');
    object.set(key, readValue(next(), next, depth));
    token = next();
    if (token.type === '}') return object;
    expect(token, ',');
    token = next();
  }
}

function readArray(next: NextToken, depth: number): readonly CjsonValue[] {
  const array: CjsonValue[] = [];
  let token = next();
  if (token.type === ']') return array;
  for (;;) {
    array.push(readValue(token, next, depth));
    token = next();
    if (token.type === ']') return array;
    expect(token, ',');
    token = next();
  }
}

function expect(token: CjsonToken, type: CjsonToken['type']): void {
  if (token.type !== type) throw new JsonSyntaxError();
}
