import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Action, decide, type PolicyInput } from '../../src/migrations/policy.ts';
import { describeState, parseList, parseStatus, type SchemaState } from '../../src/migrations/schema-state.ts';

const states: Readonly<Record<string, SchemaState>> = {
  'not bootstrapped': { needsBootstrap: true, hasNew: false, hasPending: false },
  new: { needsBootstrap: false, hasNew: true, hasPending: false },
  'new and pending': { needsBootstrap: false, hasNew: true, hasPending: true },
  pending: { needsBootstrap: false, hasNew: false, hasPending: true },
  'up to date': { needsBootstrap: false, hasNew: false, hasPending: false },
};

/** One row a state; the columns are the policies bootstrap, up, finish and wait. */
const table: readonly (readonly [
  state: string,
  interrupted: boolean,
  ...actions: readonly [string, string, string, string],
])[] = [
  ['not bootstrapped', false, 'bootstrap', 'bootstrap', 'bootstrap', 'poll'],
  ['not bootstrapped', true, 'bootstrap', 'bootstrap', 'bootstrap', 'poll'],
  ['new', true, 'up', 'up', 'up', 'poll'],
  ['new and pending', true, 'finish', 'finish', 'finish', 'poll'],
  ['pending', true, 'finish', 'finish', 'finish', 'hand over'],
  ['up to date', true, 'hand over', 'hand over', 'hand over', 'hand over'],
  ['new', false, 'stop: new', 'up', 'up', 'poll'],
  ['new and pending', false, 'stop: unfinished', 'stop: finish first', 'finish', 'poll'],
  ['pending', false, 'hand over', 'hand over', 'finish', 'hand over'],
  ['up to date', false, 'hand over', 'hand over', 'hand over', 'hand over'],
];

const policies: readonly PolicyInput['policy'][] = ['bootstrap', 'up', 'finish', 'wait'];

function inWords(action: Action): string {
  if (action.kind === 'run') return action.step;
  return action.kind === 'stop' ? `stop: ${action.because}` : action.kind;
}

for (const [name, interrupted, ...expected] of table) {
  for (const [column, policy] of policies.entries()) {
    test(`${name}${interrupted ? ', our bootstrap was interrupted' : ''}, policy ${policy}: ${expected[column]}`, () => {
      const state = states[name];
      assert.ok(state);
      assert.equal(inWords(decide({ state, policy, interrupted })), expected[column]);
    });
  }
}

const upToDate = states['up to date'];

const statusOutputs: readonly (readonly [name: string, stdout: string, expected: string | undefined])[] = [
  ['booleans', '{"needs_bootstrap":false,"new_migrations":true,"pending_migrations":false}', 'new migrations'],
  [
    'a line of Kong before it',
    'prefix directory /x not found, trying to create it\n{"needs_bootstrap":true}\n',
    'not bootstrapped',
  ],
  ['a line of Kong after it', '{"pending_migrations":true}\nbye\n', 'pending migrations'],
  ['lists in place of booleans', '{"new_migrations":[{"subsystem":"core"}],"pending_migrations":[]}', 'new migrations'],
  ['an empty object is nothing', '{"executed_migrations":{},"new_migrations":{}}', 'up to date'],
  ['JSON of something else', '{"message":"hello"}', undefined],
  ['no JSON at all', 'Error: something', undefined],
  ['nothing', '', undefined],
];

for (const [name, stdout, expected] of statusOutputs) {
  test(`kong migrations status with ${name} reads as ${expected ?? 'unknown'}`, () => {
    const state = parseStatus(stdout);
    assert.equal(state && describeState(state), expected);
  });
}

const lists: readonly (readonly [exitCode: number, output: string, expected: SchemaState | undefined])[] = [
  [0, '', upToDate],
  [3, '', states['not bootstrapped']],
  [4, 'pending migrations:\n core: 1', states['pending']],
  [4, 'pending migrations:\n core: 1\nnew migrations available:\n core: 2', states['new and pending']],
  [5, 'new migrations available', states['new']],
  [1, 'Error: no', undefined],
];

for (const [exitCode, output, expected] of lists) {
  test(`kong migrations list with exit code ${exitCode} and ${JSON.stringify(output)} is ${expected && describeState(expected)}`, () => {
    assert.deepEqual(parseList(exitCode, output), expected);
  });
}
