import { parseLuaNumber } from '../settings/lua-number.ts';

/** The text is not JSON. It has no message: positions and pieces of a secret are nobody's business. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

export type CjsonToken =
  | { readonly type: '{' | '}' | '[' | ']' | ':' | ',' | 'end' }
  | { readonly type: 'literal'; readonly value: string | number | boolean | null };

const space = /[ \t\n\r]*/y;
const plain = /[^"\\\0]*/y;
const escapeCode =
  /\\(?:(["\\/bfnrt])|u([Dd][89ABab][\dA-Fa-f]{2})\\u([Dd][C-Fc-f][\dA-Fa-f]{2})|u(?![Dd][89A-Fa-f])([\dA-Fa-f]{4}))/y;
const word = /true|false|null/y;
/** What C's strtod takes, less a point at the start, at which lua-cjson does not look for a number. */
const number =
  /(?!\.)[+-]?(?:inf(?:inity)?|nan(?:\(\w*\))?|0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)(?:p[+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/iy;

const words = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const escapes = new Map(Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }));
const marks = ['{', '}', '[', ']', ':', ','] as const;
const end = { type: 'end' } as const;

/** Returns a function that reads the next token at each call, as lua-cjson's lexer does (lua_cjson.c). */
export function createCjsonLexer(text: string): () => CjsonToken {
  let position = 0;

  function match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    position += found?.[0].length ?? 0;
    return found;
  }

  function readString(): string {
    let value = '';
    position += 1;
    for (;;) {
      value += match(plain)?.[0] ?? '';
      if (text[position] === '"') break;
      const found = match(escapeCode);
      if (found === null) throw new JsonSyntaxError();
      value += readEscape(found);
    }
    position += 1;
    return value;
  }

  function readWord(): number | boolean | null {
    const name = match(word)?.[0];
    if (name !== undefined) return words.get(name) ?? null;
    const digits = match(number)?.[0];
    if (digits === undefined) throw new JsonSyntaxError();
    return parseLuaNumber(digits) ?? Number(digits);
  }

  return function next(): CjsonToken {
    match(space);
    const character = text[position];
    if (character === undefined || character === '\0') return end;
    const mark = marks.find((candidate) => candidate === character);
    if (mark !== undefined) {
      position += 1;
      return { type: mark };
    }
    return { type: 'literal', value: character === '"' ? readString() : readWord() };
  };
}

function readEscape([, simple, high, low, unit]: RegExpExecArray): string {
  if (simple !== undefined) return escapes.get(simple) ?? simple;
  return [high, low, unit]
    .filter((digits) => digits !== undefined)
    .map((digits) => String.fromCharCode(Number.parseInt(digits, 16)))
    .join('');
}
