import { parseLuaNumber } from '../settings/lua-number.ts';

/** The text is not JSON. There is no message: it would hold positions and pieces of a secret. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** A decoded value. A Map keeps a key such as `__proto__` a key, and the last of equal keys. */
export type CjsonValue = string | number | boolean | null | readonly CjsonValue[] | ReadonlyMap<string, CjsonValue>;

/** lua-cjson's `decode_max_depth`, which Kong leaves as it is. */
const DEPTH_LIMIT = 1000;

const space = /[ \t\n\r]*/y;
const plain = /[^"\\\0]*/y;
const escapeCode =
  /\\(?:(["\\/bfnrt])|u([Dd][89ABab][\dA-Fa-f]{2})\\u([Dd][C-Fc-f][\dA-Fa-f]{2})|u(?![Dd][89A-Fa-f])([\dA-Fa-f]{4}))/y;
const word = /true|false|null/y;
/** What C's strtod takes, less a point at the start, at which lua-cjson does not look for a number. */
const number =
  /(?!\.)[+-]?(?:inf(?:inity)?|nan(?:\(\w*\))?|0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)(?:p[+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/iy;

const words: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
const escapes: Readonly<Partial<Record<string, string>>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * Decodes JSON as the lua-cjson of OpenResty does, which Kong uses for secrets (pdk/vault.lua; lua_cjson.c): it takes numbers that
 * `JSON.parse` refuses (`NaN`, `01`, `0x10`, `1.`, `+1`) and raw control characters in strings, it refuses unpaired
 * surrogates and more than 1000 levels, and it reads no further than a NUL.
 * Throws JsonSyntaxError, which says nothing: all there is to say is about a secret.
 */
export function decodeCjson(text: string): CjsonValue {
  if (text.length >= 2 && (text[0] === '\0' || text[1] === '\0')) throw new JsonSyntaxError();
  let position = 0;

  function match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    position += found?.[0].length ?? 0;
    return found;
  }

  /** Whether this mark comes next; it is read then. */
  function takes(mark: string): boolean {
    match(space);
    if (text[position] !== mark) return false;
    position += 1;
    return true;
  }

  function expect(mark: string): void {
    if (!takes(mark)) throw new JsonSyntaxError();
  }

  function readValue(depth: number): CjsonValue {
    if (takes('{')) return readObject(deeper(depth));
    if (takes('[')) return readArray(deeper(depth));
    return takes('"') ? readString() : readWord();
  }

  function readObject(depth: number): ReadonlyMap<string, CjsonValue> {
    const object = new Map<string, CjsonValue>();
    if (takes('}')) return object;
    do {
      expect('"');
      const key = readString();
      expect(':');
      object.set(key, readValue(depth));
    } while (takes(','));
    expect('}');
    return object;
  }

  function readArray(depth: number): readonly CjsonValue[] {
    const array: CjsonValue[] = [];
    if (takes(']')) return array;
    do array.push(readValue(depth));
    while (takes(','));
    expect(']');
    return array;
  }

  /** Its opening quote is read already. */
  function readString(): string {
    let value = match(plain)?.[0] ?? '';
    while (text[position] !== '"') {
      const found = match(escapeCode);
      if (found === null) throw new JsonSyntaxError();
      value += readEscape(found) + (match(plain)?.[0] ?? '');
    }
    position += 1;
    return value;
  }

  function readWord(): number | boolean | null {
    const name = match(word)?.[0];
    if (name !== undefined) return words[name] ?? null;
    const digits = match(number)?.[0];
    if (digits === undefined) throw new JsonSyntaxError();
    return parseLuaNumber(digits) ?? Number(digits);
  }

  const value = readValue(0);
  match(space);
  if (position < text.length && text[position] !== '\0') throw new JsonSyntaxError();
  return value;
}

function deeper(depth: number): number {
  if (depth === DEPTH_LIMIT) throw new JsonSyntaxError();
  return depth + 1;
}

function readEscape([, simple, ...units]: RegExpExecArray): string {
  if (simple !== undefined) return escapes[simple] ?? simple;
  const digits = units.filter((unit) => unit !== undefined);
  return digits.map((unit) => String.fromCharCode(Number.parseInt(unit, 16))).join('');
}
