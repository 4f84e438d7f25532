import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EntrypointError } from '../../src/errors.ts';
import { explainBy, type FaultTable } from '../../src/vaults/fault-table.ts';

const table = [
  {
    when: { status: 403, message: /firewall/i },
    kind: 'refused',
    says: '{place} does not let this address in[ ({address})]',
    hint: 'allow the network',
    quotes: { address: /Client address: (\S+)/ },
  },
  { when: { status: [403, 401] }, kind: 'refused', says: '{place} refused (status {status})', hint: 'log in' },
  { when: { fact: 'deleted' }, kind: 'not found', says: '{place}: gone[ in namespace {namespace}]', hint: 'restore' },
  { when: { code: /^E/ }, kind: 'setting', says: '{place}: {code}', hint: 'path "{place}" { x = ["read"] }' },
  { when: { status: '5xx' }, kind: 'unavailable', says: '{place} failed', hint: 'wait, or use {vault://env/name}' },
] as const satisfies FaultTable;

const closed = [
  ...table,
  { kind: 'content', says: '{place} says nonsense', hint: 'look' },
] as const satisfies FaultTable;

const words = { place: 'Vault', namespace: undefined };

function tell(error: EntrypointError | undefined): string {
  return error === undefined ? 'nothing' : `${error.exitCode} ${error.message} | ${error.hint}`;
}

describe('a table of faults', () => {
  const rows: readonly (readonly [situation: string, told: EntrypointError | undefined, expected: string])[] = [
    [
      'the first row that fits tells',
      explainBy(table, { status: 403, message: 'By its firewall. Client address: 10.0.0.1' }, words),
      '77 Vault does not let this address in (10.0.0.1) | allow the network',
    ],
    [
      'a quoted part that is not there takes its brackets away',
      explainBy(table, { status: 403, message: 'firewall' }, words),
      '77 Vault does not let this address in | allow the network',
    ],
    [
      'a quoted part that is longer than 200 characters is not repeated',
      explainBy(table, { status: 403, message: `firewall, Client address: ${'x'.repeat(201)}` }, words),
      '77 Vault does not let this address in | allow the network',
    ],
    [
      'a quoted part that is not a plain text is not repeated',
      explainBy(table, { status: 403, message: 'firewall, Client address: \u001b[31m' }, words),
      '77 Vault does not let this address in | allow the network',
    ],
    ['one of several statuses', explainBy(table, { status: 401 }, words), '77 Vault refused (status 401) | log in'],
    [
      'a hundred of statuses',
      explainBy(table, { status: 502 }, words),
      '75 Vault failed | wait, or use {vault://env/name}',
    ],
    ['a fact', explainBy(table, { facts: ['deleted'] }, words), '66 Vault: gone | restore'],
    [
      'a word in brackets that is known',
      explainBy(table, { facts: ['deleted'] }, { ...words, namespace: 'team' }),
      '66 Vault: gone in namespace team | restore',
    ],
    [
      'a code, and braces that are no place',
      explainBy(table, { code: 'ECONNRESET' }, words),
      '78 Vault: ECONNRESET | path "Vault" { x = ["read"] }',
    ],
    [
      'a code that is not a word',
      explainBy(table, { code: 'E\n' }, words),
      '78 Vault: unknown | path "Vault" { x = ["read"] }',
    ],
    [
      'a word that looks like a place is not read',
      explainBy(table, { status: 401 }, { ...words, place: '{status}[{namespace}]' }),
      '77 {status}[{namespace}] refused (status 401) | log in',
    ],
    ['no row fits', explainBy(table, { status: 200 }, words), 'nothing'],
    ['a last row without signs fits all', explainBy(closed, {}, words), '65 Vault says nonsense | look'],
  ];
  for (const [situation, told, expected] of rows) test(situation, () => assert.equal(tell(told), expected));

  test('the compiler refuses a place without a word, a word without a place, and a fact that no row has', () => {
    // @ts-expect-error: no word for {place}
    assert.throws(() => explainBy(table, { status: 401 }, { namespace: 'team' }), /no word for \{place\}/);
    // @ts-expect-error: no row has a place for it
    assert.ok(explainBy(table, { status: 401 }, { ...words, other: 'x' }));
    // @ts-expect-error: no row has it
    assert.equal(explainBy(table, { facts: ['lost'] }, words), undefined);
    const open: FaultTable = table;
    // @ts-expect-error: what the compiler does not know it cannot check
    assert.ok(explainBy(open, { status: 401 }, words));
  });
});
