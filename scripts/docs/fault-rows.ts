import type { CallExpression, Node } from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import { faultKinds } from '../../src/vaults/fault-table.ts';
import { brackets, place as placeOfWord } from '../../src/vaults/fault-words.ts';
import { spaced } from './names.ts';
import { memberOf, objectOf, type Place, propertyOf, type Reading } from './places.ts';
import { sentenceOf } from './sentences.ts';
import type { Source } from './source.ts';
import type { Text } from './text.ts';

/** What an error says, and the piece of code that says it. */
export type ToldError = {
  /** The class of the error. */
  readonly name: string;
  readonly message: Text;
  readonly hint: Text;
  readonly place: Node;
};

/** The calls that tell an error by a table. */
export function callsByTable({ nodes }: Source): CallExpression[] {
  return nodes
    .filter(is.isCallExpression)
    .filter(({ expression }) => is.isIdentifier(expression) && expression.text === 'explainBy');
}

/** What the call says by one row of its table, which the choices take. Throws for a table or a kind that is not written down. */
export function rowTold(reading: Reading, call: CallExpression): ToldError {
  const [table, , words] = call.arguments;
  if (table === undefined || words === undefined) throw new Error(`a table is missing: ${call.getText()}`);
  const rows = rowsOf(reading, { node: table, frame: new Map() });
  const row = rows[reading.choices.take('row', rows.length)];
  if (row === undefined) throw new Error(`no rows are written down for ${call.getText()}`);
  const wordOf = (name: string, isWhole: boolean): Text => {
    const given = propertyOf(reading, { node: words, frame: new Map() }, name, true);
    if (given?.node.getText() === 'undefined') return [];
    const text = given === undefined ? [] : sentenceOf(reading, given, isWhole);
    return text.length === 0 ? [{ hole: spaced(name) }] : text;
  };
  const textOf = (name: string): Text => withWords(sentenceOf(reading, memberOf(reading, row, name, true)), wordOf);
  // Twice: what a word of the hint decides counts for the message too.
  textOf('hint');
  return { name: errorNameOf(reading, row), message: textOf('says'), hint: textOf('hint'), place: call };
}

/** The rows of a table and of those that are spread into it. */
function rowsOf(reading: Reading, table: Place): Place[] {
  const list = objectOf(reading, table, true);
  if (list === undefined || !is.isArrayLiteralExpression(list.node)) return [];
  const { frame } = list;
  return list.node.elements.flatMap((node) =>
    is.isSpreadElement(node) ? rowsOf(reading, { node: node.expression, frame }) : [{ node, frame }],
  );
}

function errorNameOf(reading: Reading, row: Place): string {
  const kind = memberOf(reading, row, 'kind', true)?.node;
  const name = kind !== undefined && is.isStringLiteral(kind) ? kind.text : '';
  const made = Object.entries(faultKinds).find(([known]) => known === name)?.[1];
  if (made === undefined) throw new Error(`no kind of fault: ${row.node.getText()}`);
  return made.name;
}

type WordOf = (name: string, isWhole: boolean) => Text;

function withWords(text: Text, wordOf: WordOf): Text {
  return text.flatMap((part) =>
    typeof part === 'string'
      ? splitBy(brackets, part, {
          outside: (some) => withPlaces(some, wordOf),
          inside: (some) => inBrackets(some, wordOf),
        })
      : [part],
  );
}

function withPlaces(text: string, wordOf: WordOf): Text {
  return splitBy(placeOfWord, text, {
    outside: (some) => [some],
    inside: (name) => wordOf(name, text === `{${name}}`),
  });
}

/** What is in brackets may be absent, unless the code alone tells that it is there, or that it is not. */
function inBrackets(some: string, wordOf: WordOf): Text {
  const words = [...some.matchAll(placeOfWord)].map(([, name = '']) => wordOf(name, false));
  if (words.some((word) => word.length === 0)) return [];
  const text = withPlaces(some, wordOf);
  return text.every((part) => typeof part === 'string') ? text : [{ oneOf: [[], text] }];
}

type Parts = { outside(text: string): Text; inside(text: string): Text };

function splitBy(pattern: RegExp, text: string, { outside, inside }: Parts): Text {
  const matches = [...text.matchAll(pattern)];
  const ends = [0, ...matches.map(({ index, 0: whole }) => index + whole.length)];
  return ends.flatMap((end, number) => {
    const match = matches[number];
    const before = outside(text.slice(end, match?.index));
    return match === undefined ? before : [...before, ...inside(match[1] ?? '')];
  });
}
