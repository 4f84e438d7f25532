import {
  AccessRefusedError,
  type EntrypointError,
  SecretContentError,
  SecretNotFoundError,
  SettingError,
  UnavailableError,
} from '../errors.ts';
import { type FaultAnswer, type FaultSign, fits } from './fault-sign.ts';
import { fillIn, type Words, type WordsAlways, type WordsSometimes } from './fault-words.ts';

/** What a fault is to an operator; each kind has its exit code: 77, 66, 75, 78, 65. */
export const faultKinds = {
  refused: AccessRefusedError,
  'not found': SecretNotFoundError,
  unavailable: UnavailableError,
  setting: SettingError,
  content: SecretContentError,
} as const;

/** One fault of a vault: how to know it, and what an operator is told. */
export type FaultRow = {
  readonly when?: FaultSign;
  readonly kind: keyof typeof faultKinds;
  /** The sentence of the error. It has places for words: see `fault-words.ts`. */
  readonly says: string;
  readonly hint: string;
  /**
   * The only parts of the service's own words that are repeated: for a word that is in brackets, the pattern whose first group is
   * that word, one line of at most 200 characters.
   */
  readonly quotes?: Readonly<Record<string, RegExp>>;
};

/** Faults as data: the first row that fits an answer tells what happened. */
export type FaultTable = readonly FaultRow[];

/** The words for every place of the table's texts. `{status}` and `{code}` are the answer's. */
export type FaultWords<Table extends FaultTable> = {
  readonly [Word in Exclude<AlwaysIn<Table[number]>, Told>]: string;
} & {
  readonly [Word in Exclude<SometimesIn<Table[number]>, Told>]: string | undefined;
};

type Told = 'status' | 'code';
type AlwaysIn<Row> = Row extends FaultRow ? WordsAlways<Row['says'] | Row['hint']> : never;
type SometimesIn<Row> = Row extends FaultRow
  ? Exclude<WordsSometimes<Row['says'] | Row['hint']>, QuotedIn<Row>>
  : never;
type QuotedIn<Row> = Row extends { readonly quotes: infer Quotes } ? keyof Quotes : never;
type FactsIn<Row> = Row extends { readonly when: { readonly fact: infer Fact extends string } } ? Fact : never;

/** A table whose last row fits every answer. */
type ClosedTable = readonly [...FaultRow[], FaultRow & { readonly when?: never }];

/**
 * The error of the first row that fits an answer; undefined where none does. It holds nothing of the answer's own text but what the row
 * quotes and the words given here.
 */
export function explainBy<const Table extends ClosedTable>(
  table: Table,
  answer: FaultAnswer<FactsIn<Table[number]>>,
  words: FaultWords<Table>,
): EntrypointError;
export function explainBy<const Table extends FaultTable>(
  table: Table,
  answer: FaultAnswer<FactsIn<Table[number]>>,
  words: FaultWords<Table>,
): EntrypointError | undefined;
export function explainBy(table: FaultTable, answer: FaultAnswer, words: Words): EntrypointError | undefined {
  const row = table.find(({ when }) => when === undefined || fits(answer, when));
  if (row === undefined) return undefined;
  const all = { ...told(answer), ...words, ...quotedBy(row, answer) };
  const Fault = faultKinds[row.kind];
  const fill = (text: string): string => fillIn(text, all, instead);
  return new Fault(fill(row.says), { hint: fill(row.hint), cause: answer.cause });
}

/** A code is a word; anything else is not repeated. */
function told({ status, code }: FaultAnswer): Words {
  return {
    status: status === undefined ? undefined : `${status}`,
    code: code !== undefined && /^[\w./ -]{1,80}$/.test(code) ? code : undefined,
  };
}

const instead: Words = { status: '-', code: 'unknown' };

function quotedBy({ quotes = {} }: FaultRow, { message = '' }: FaultAnswer): Words {
  const found = Object.entries(quotes).map(([word, pattern]) => [word, pattern.exec(message)?.[1] ?? ''] as const);
  return Object.fromEntries(found.filter(([, text]) => /^[\x20-\x7e]{1,200}$/.test(text)));
}
