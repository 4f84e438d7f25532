import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeNew, isOnlyPlugins } from '../../src/migrations/new-migrations.ts';
import { parseStatus } from '../../src/migrations/schema-state.ts';

const core = { subsystem: 'core', namespace: 'kong.db.migrations.core', migrations: ['023_360_to_370'] };
const acl = { subsystem: 'acl', namespace: 'kong.plugins.acl.migrations', migrations: ['004_212_to_213'] };
const rbac = { subsystem: 'enterprise', namespace: 'kong.enterprise_edition.db.migrations', migrations: ['000_x'] };

/** What Kong prints, the executed and the new ones, and what is said of it. */
const rows: readonly (readonly [executed: unknown, news: unknown, said: string, onlyPlugins: boolean])[] = [
  [[core], [core], 'this version of Kong has new migrations (core)', false],
  [[core], [acl], 'plugins were added that have new migrations (acl)', true],
  [[core, acl], [acl], 'this version of Kong has new migrations (acl)', false],
  [[core], [rbac], 'this version of Kong has new migrations (enterprise)', false],
  [
    [core],
    [core, acl],
    'this version of Kong has new migrations (core), plugins were added that have new migrations (acl)',
    false,
  ],
  [[core], true, 'this version of Kong has new migrations', false],
  [undefined, [acl], 'this version of Kong has new migrations (acl)', false],
  [[core], [{ migrations: ['x'] }], 'this version of Kong has new migrations', false],
  [[core], [null], 'this version of Kong has new migrations', false],
];

for (const [executed, news, said, onlyPlugins] of rows) {
  test(`${JSON.stringify(news)} after ${JSON.stringify(executed)}: ${said}`, () => {
    const state = parseStatus(JSON.stringify({ executed_migrations: executed, new_migrations: news }));
    assert.ok(state);
    assert.deepEqual([describeNew(state), isOnlyPlugins(state)], [said, onlyPlugins]);
  });
}
