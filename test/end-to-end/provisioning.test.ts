import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { KONG_PASSWORD } from '../world/world.ts';
import { askedByEntrypoint, createHowTo, type HowTo, SECRET, startOf, type Variables } from './how-to-start.ts';
import { programs } from './programs.ts';
import { stopServing, untilServing } from './serving-kong.ts';

/** As RDS keeps the credentials of the master user that it manages. */
const MASTER_SECRET = 'rds!db-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';
const MASTER = { username: 'master', password: `Unmistakable-7q"\\ '%/+?$&é` };
const COLD = ['migrations bootstrap'];

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
  const { postgresql } = howTo.world;
  await postgresql.createRole(MASTER.username, MASTER.password, 'CREATEROLE CREATEDB');
  howTo.vault.putSecret(MASTER_SECRET, JSON.stringify(MASTER));
});
after(() => howTo.close());

let clusters = 0;

/** The variables of the how-to on a server that has neither Kong's role nor its database. */
async function onEmptyCluster(): Promise<Variables> {
  const environment = await howTo.freshEnvironment();
  clusters += 1;
  const user = `kong"; -- ${clusters}`;
  howTo.vault.putSecret(SECRET, JSON.stringify({ pg_user: user, pg_password: KONG_PASSWORD }));
  return {
    ...environment,
    KONG_PG_DATABASE: `gateway ${clusters}`,
    KONG_ENTRYPOINT_PROVISION: 'on',
    KONG_ENTRYPOINT_ADMIN_PG_USER: `{vault://aws/${MASTER_SECRET}/username}`,
    KONG_ENTRYPOINT_ADMIN_PG_PASSWORD: `{vault://aws/${MASTER_SECRET}/password}`,
  };
}

function linesOf(stderr: string, level: string): string[] {
  return stderr.split('\n').filter((line) => line.startsWith(`kong-entrypoint: ${level}: `));
}

for (const program of programs) {
  describe(`the ${program.name}, on a server without Kong's role and database`, () => {
    test('provisions them with the secret of RDS, migrates, and becomes Kong with references alone', async () => {
      const environment = await onEmptyCluster();
      const running = await spawnEntrypoint(startOf(program, ['kong', 'docker-start'], environment));
      await untilServing(running, howTo.world.kong);
      const calls = [SECRET, MASTER_SECRET].map((name) => `secretsmanager.GetSecretValue ${name}`);
      assert.deepEqual(askedByEntrypoint(howTo.vault).sort(), calls.sort());
      const created = `role kong"; -- ${clusters} and database gateway ${clusters} created`;
      assert.equal(linesOf(running.stderr(), 'info')[1], `kong-entrypoint: info: ${created}`);
      assertChildrenKnowNothing();
      const kong = howTo.world.kong.record().find(({ arguments: words }) => words[0] !== 'migrations');
      assert.deepEqual({ ...kong?.environment }, environment, 'what was given, and nothing else');
      assert.equal(kong?.pid, running.pid);
      assert.doesNotMatch(`${running.stdout()}${running.stderr()}`, /Unmistakable|correct horse|SCRAM-SHA-256/);
      await stopServing(running);
    });

    test('a second start finds them, and says nothing of it', async () => {
      const environment = await onEmptyCluster();
      const options = startOf(program, ['kong', 'docker-start'], environment);
      for (const lines of [1, 0]) {
        const running = await spawnEntrypoint(options);
        await untilServing(running, howTo.world.kong);
        assert.equal(running.stderr().split(' created').length - 1, lines);
        await stopServing(running);
      }
    });

    test('five at once bring it up, and one of them provisions', async () => {
      const environment = await onEmptyCluster();
      const options = startOf(program, ['kong', 'migrations', 'bootstrap'], environment);
      const results = await Promise.all(Array.from({ length: 5 }, () => runEntrypoint(options)));
      assert.deepEqual(
        results.map(({ exitCode }) => exitCode),
        [0, 0, 0, 0, 0],
      );
      assert.equal(results.filter(({ stderr }) => / created$/m.test(stderr)).length, 1);
    });

    test('with sync, a password that only the secret knows reaches PostgreSQL; with on it ends with 77', async () => {
      const environment = await onEmptyCluster();
      const words = ['kong', 'migrations', 'bootstrap'];
      assert.equal((await runEntrypoint(startOf(program, words, environment))).exitCode, 0);
      const user = `kong"; -- ${clusters}`;
      howTo.vault.putSecret(SECRET, JSON.stringify({ pg_user: user, pg_password: 'hunter2-rotated' }));
      const refused = await runEntrypoint(startOf(program, words, environment));
      assert.equal(refused.exitCode, 77, refused.stderr);
      const sync = { ...environment, KONG_ENTRYPOINT_PROVISION: 'sync' };
      const healed = await runEntrypoint(startOf(program, words, sync));
      assert.equal(healed.exitCode, 0, healed.stderr);
      assert.match(healed.stderr, /warn: the password of role .* was set to that of KONG_PG_PASSWORD/);
      assert.doesNotMatch(healed.stderr, /hunter2|SCRAM/);
      const again = await runEntrypoint(startOf(program, words, environment));
      assert.equal(again.exitCode, 0, again.stderr);
    });

    test("the admin's password may come from a file, and Kong is given the path of it", async () => {
      const { KONG_ENTRYPOINT_ADMIN_PG_PASSWORD: _, ...environment } = await onEmptyCluster();
      const path = join(howTo.world.folder, 'master-password');
      writeFileSync(path, `${MASTER.password}\n`);
      const given = { ...environment, KONG_ENTRYPOINT_ADMIN_PG_PASSWORD_FILE: path };
      const { exitCode, stderr } = await runEntrypoint(
        startOf(program, ['kong', 'migrations', 'bootstrap'], { ...given, KONG_ENTRYPOINT_ADMIN_PG_USER: 'master' }),
      );
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, / created$/m);
    });

    test('with --handover values Kong gets values of its own settings, and of the admin the reference', async () => {
      const environment = await onEmptyCluster();
      const running = await spawnEntrypoint(startOf(program, ['--handover', 'values', 'kong', 'start'], environment));
      await untilServing(running, howTo.world.kong);
      const given = howTo.world.kong.record().find(({ arguments: words }) => words[0] === 'start')?.environment ?? {};
      const admin = Object.entries(given).filter(([name]) => /ADMIN_PG/.test(name));
      assert.deepEqual(
        admin,
        Object.entries(environment).filter(([name]) => /ADMIN_PG/.test(name)),
      );
      assert.ok(Object.values(given).includes(KONG_PASSWORD));
      assert.ok(!Object.values(given).includes(MASTER.password));
      await stopServing(running);
    });

    for (const policy of ['wait', 'off'] as const) {
      test(`the policy ${policy} provisions nothing, and asks for no secret of the admin's`, async () => {
        const environment = await onEmptyCluster();
        const options = ['--migrations', policy, '--handover', 'values', '--timeout', '2s'];
        const running = await spawnEntrypoint(startOf(program, [...options, 'kong', 'docker-start'], environment));
        await running.waitForLine(policy === 'wait' ? /waiting for PostgreSQL/ : /handing over/);
        running.kill();
        const { stderr } = await running.finished;
        assert.ok(!askedByEntrypoint(howTo.vault).join().includes('rds!'));
        assert.doesNotMatch(stderr, / created$/m);
      });
    }
  });
}

/** No child was given anything of ours, nor what it takes to provision. */
function assertChildrenKnowNothing(): void {
  const children = howTo.world.kong.record().filter(({ arguments: words }) => words[0] === 'migrations');
  assert.deepEqual(
    children.map(({ arguments: words }) => words.slice(0, 2).join(' ')),
    COLD,
  );
  for (const { environ } of children) assert.doesNotMatch(environ.toString(), /KONG_ENTRYPOINT_|Unmistakable|rds!/);
}
