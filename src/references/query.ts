import { decodeForm, fromBytes, toBytes } from './percent-decoding.ts';

/** One option's value: `true` where it has no `=`. */
export type ReferenceOptionValue = string | true;
/** The options of a reference. One that is given more than once is a list. */
export type ReferenceOptions = Readonly<Record<string, ReferenceOptionValue | readonly ReferenceOptionValue[]>>;

/** `ngx.decode_args` reads no more pairs than this, empty ones included. */
const PAIR_LIMIT = 100;

/**
 * The options in a reference's query, as `ngx.decode_args` reads them (Kong 3.9, pdk/vault.lua); undefined if none.
 * A pair without a name is dropped.
 */
export function parseQuery(query: string): ReferenceOptions | undefined {
  const options = new Map<string, ReferenceOptionValue[]>();
  for (const pair of toBytes(query).split('&', PAIR_LIMIT)) {
    const [name, value] = readPair(pair);
    if (name !== '') options.set(name, [...(options.get(name) ?? []), value]);
  }
  return options.size === 0 ? undefined : Object.fromEntries([...options].map(([name, values]) => [name, one(values)]));
}

function readPair(pair: string): [name: string, value: ReferenceOptionValue] {
  const equals = pair.indexOf('=');
  if (equals === -1) return [decode(pair), true];
  return [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
}

function one(values: readonly ReferenceOptionValue[]): ReferenceOptionValue | readonly ReferenceOptionValue[] {
  const [first, ...more] = values;
  return first === undefined || more.length > 0 ? values : first;
}

function decode(bytes: string): string {
  return fromBytes(decodeForm(bytes));
}
