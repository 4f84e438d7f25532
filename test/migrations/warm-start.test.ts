import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { programs } from '../end-to-end/programs.ts';
import { type DatabaseGate, startDatabaseGate } from '../world/database-gate.ts';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { availablePostgresqlVersions } from '../world/postgresql.ts';
import { binary, createScene, isHandedOver, runsOf, type Scene, startOf, type Variables } from './scene.ts';

const REMEMBERED = /^kong-entrypoint: info: schema ready \(remembered; --fast-path off asks Kong\) in /m;
const LOCK = /pg_(?:try_)?advisory/;

for (const version of availablePostgresqlVersions()) {
  describe(`a warm start on PostgreSQL ${version}`, () => {
    let scene: Scene;
    let gate: DatabaseGate;
    before(async () => {
      scene = await createScene({ postgresql: { version } });
      gate = await startDatabaseGate(scene.world.postgresql.port);
    });
    after(async () => {
      await gate.close();
      await scene.close();
    });

    /** A database on which a start has found or made the schema ready. */
    async function readyEnvironment(options: readonly string[] = []): Promise<Variables> {
      const environment = { ...(await scene.freshEnvironment()), KONG_PG_PORT: String(gate.port) };
      const result = await runEntrypoint(startOf(environment, options));
      assert.ok(isHandedOver(result), result.stderr);
      assert.ok(gate.conversations.some(({ statements }) => statements.some((text) => LOCK.test(text))));
      gate.forget();
      scene.world.kong.clearRecord();
      return environment;
    }

    for (const program of version === 18 ? programs : [binary]) {
      for (const policy of ['bootstrap', 'up', 'finish', 'wait']) {
        test(`of the ${program.name} with the policy ${policy} takes no lock, runs no Kong, and makes one connection of three statements`, async (t) => {
          const environment = await readyEnvironment();
          const result = await runEntrypoint(startOf(environment, ['--migrations', policy], { program }));
          assert.ok(isHandedOver(result), result.stderr);
          assert.match(result.stderr, REMEMBERED);
          assert.equal(scene.recordOf(environment).length, 0, 'processes of Kong');
          assert.equal(gate.conversations.length, 1, 'connections');
          const [conversation] = gate.conversations;
          assert.deepEqual(
            conversation?.statements.map((text) => text.trimStart().slice(0, 6)),
            ['SELECT', 'WITH k', 'SELECT'],
          );
          assert.ok(!conversation?.statements.some((text) => LOCK.test(text)));
          t.diagnostic(`${conversation?.statements.length} statements, ${Math.round(result.durationMs)} ms in all`);
        });
      }
    }

    test('sends only user, database, client_encoding and application_name at its startup, as every connection of ours', async () => {
      await runEntrypoint(startOf({ ...(await scene.freshEnvironment()), KONG_PG_PORT: String(gate.port) }));
      const ours = gate.conversations.filter(({ startup }) => startup['application_name'] === 'kong-entrypoint');
      assert.ok(ours.length >= 2);
      for (const { startup } of ours) {
        assert.deepEqual(Object.keys(startup).sort(), ['application_name', 'client_encoding', 'database', 'user']);
      }
    });

    test('with --fast-path off asks Kong once, under the lock', async () => {
      const environment = await readyEnvironment();
      const result = await runEntrypoint(startOf(environment, ['--fast-path', 'off']));
      assert.ok(isHandedOver(result), result.stderr);
      assert.doesNotMatch(result.stderr, REMEMBERED);
      assert.deepEqual(
        scene.recordOf(environment).map(({ arguments: words }) => words.slice(0, 2).join(' ')),
        ['migrations status'],
      );
      assert.ok(gate.conversations.some(({ statements }) => statements.some((text) => LOCK.test(text))));
    });

    test('asks Kong again where what is remembered is older than a week', async () => {
      const environment = await readyEnvironment();
      await scene.ask(environment, "UPDATE kong_entrypoint SET at = now() - interval '7 days 1 minute'");
      const result = await runEntrypoint(startOf(environment));
      assert.ok(isHandedOver(result), result.stderr);
      assert.equal(runsOf(scene.recordOf(environment), 'status').length, 1);
      const again = await runEntrypoint(startOf(environment));
      assert.match(again.stderr, REMEMBERED);
    });

    test('remembers eight fingerprints, the newest', async () => {
      const environment = await readyEnvironment();
      const rows = Array.from(
        { length: 12 },
        (_, index) => `('ready', 'other-${index}', now() - interval '${index + 1} minutes')`,
      );
      await scene.ask(environment, `INSERT INTO kong_entrypoint (kind, id, at) VALUES ${rows.join()}`);
      await runEntrypoint(startOf(environment, ['--fast-path', 'off']));
      const kept = await scene.ask<{ id: string }>(environment, 'SELECT id FROM kong_entrypoint ORDER BY at DESC');
      assert.deepEqual(
        kept.slice(1).map(({ id }) => id),
        ['other-0', 'other-1', 'other-2', 'other-3', 'other-4', 'other-5', 'other-6'],
      );
      assert.match((await runEntrypoint(startOf(environment))).stderr, REMEMBERED);
    });
  });
}
