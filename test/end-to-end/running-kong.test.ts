import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { KONG_PASSWORD } from '../world/world.ts';
import { createHowTo, type HowTo, startOf, type Variables } from './how-to-start.ts';
import { writeProgram } from './kong-that.ts';
import { programs } from './programs.ts';
import { enterpriseRows, otherPageRows, runningRows, sameRows } from './running-rows.ts';
import { type AdminRoot, stopServing, untilServing } from './serving-kong.ts';

/*
 * What people type into a running container of open-source Kong that was started with `--handover values`: through kong-entrypoint, and
 * without it, where the variables are those of the container, references and all.
 */
const page = readFileSync(fileURLToPath(new URL('../../docs/kong-commands.md', import.meta.url)), 'utf8');
const REFERENCE_TO_ENV = '{vault://env/kong-entrypoint-value-pg-password}';

let howTo: HowTo;
let enterprise: HowTo;
before(async () => {
  howTo = await createHowTo({ edition: 'open-source' });
  enterprise = await createHowTo({ edition: 'enterprise', migrationsDereference: true });
});
after(() => Promise.all([howTo.close(), enterprise.close()]));

type Result = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };
type Beside = {
  readonly variables: Variables;
  root(): Promise<AdminRoot>;
  through(words: readonly string[]): Promise<Result>;
  byHand(words: readonly string[]): Promise<Result>;
};

for (const program of programs) {
  /** A Kong that serves until the body is done with it, or until its end. */
  async function beside(body: (kong: Beside) => Promise<void>, ends = false): Promise<void> {
    const variables = { ...(await howTo.freshEnvironment()), KONG_ENTRYPOINT_HANDOVER: 'values' };
    const running = await spawnEntrypoint(startOf(program, ['kong', 'docker-start'], variables));
    await untilServing(running, howTo.world.kong);
    const address = howTo.world.kong.record().findLast(({ listening }) => listening !== undefined)?.listening;
    await body({
      variables,
      root: async () => (await (await fetch(`http://${address}/`)).json()) as AdminRoot,
      through: (words) => runEntrypoint(startOf(program, words, variables)),
      byHand: (words) => runByHand(words, variables),
    });
    if (ends) assert.equal((await running.finished).exitCode, 0);
    else await stopServing(running);
  }

  describe(`beside an open-source Kong that got values, the ${program.name}`, () => {
    for (const { command, says, byHand, ends } of runningRows) {
      const words = (): string[] => command.replace('CONF', writeConf()).split(' ');

      test(`runs ${command} with them`, () =>
        beside(async (kong) => {
          const { exitCode, stdout, stderr } = await kong.through(words());
          assert.equal(exitCode, 0, stderr);
          assert.match(stdout, says);
        }, ends));

      test(`ends with ${byHand.exitCode} where ${command} is run by hand, at length`, () =>
        beside(async (kong) => {
          const result = await kong.byHand(words());
          assert.equal(result.exitCode, byHand.exitCode, result.stderr);
          assert.match(`${result.stdout}${result.stderr}`, byHand.says);
        }, ends));
    }

    test('prints the value that Kong itself has, for kong vault get', () =>
      beside(async ({ through }) => {
        assert.equal((await through(['kong', 'vault', 'get', REFERENCE_TO_ENV])).stdout, `${KONG_PASSWORD}\n`);
      }));

    test('repairs what a reload by hand has left behind, with a reload of its own', () =>
      beside(async ({ variables, root, through, byHand }) => {
        await byHand(['kong', 'reload']);
        assert.match(writtenDown(variables), /^pg_password = \{vault:\/\/aws\//m);
        const exported = await through(['kong', 'config', 'db_export']);
        assert.equal(exported.exitCode, 0, exported.stderr);
        const { exitCode, stderr } = await through(['kong', 'reload']);
        assert.equal(exitCode, 0, stderr);
        assert.ok(writtenDown(variables).includes(`pg_password = ${REFERENCE_TO_ENV}\n`));
        assert.ok(!writtenDown(variables).includes(KONG_PASSWORD));
        assert.equal((await root()).configuration['pg_user'], '{vault://env/kong-entrypoint-value-pg-user}');
      }));

    test('reloads settings that have changed', () =>
      beside(async ({ root, through, variables }) => {
        const changed = startOf(program, ['kong', 'reload'], { ...variables, KONG_LOG_LEVEL: 'debug' });
        assert.equal((await runEntrypoint(changed)).exitCode, 0);
        assert.equal((await root()).configuration['log_level'], 'debug');
        assert.equal((await through(['kong', 'health'])).exitCode, 0);
      }));

    for (const { command, exitCode, says } of sameRows) {
      test(`says of ${command} what Kong says without it`, () =>
        beside(async ({ through, byHand }) => {
          const words = command.split(' ');
          for (const result of [await through(words), await byHand(words)]) {
            assert.equal(result.exitCode, exitCode, result.stderr);
            assert.match(`${result.stdout}${result.stderr}`, says);
          }
        }));
    }

    test('prepares with them, where kong prepare by hand writes the references down', () =>
      beside(async ({ variables, through, byHand }) => {
        await byHand(['kong', 'prepare']);
        assert.match(writtenDown(variables), /^pg_password = \{vault:\/\/aws\//m);
        const { exitCode, stderr } = await through(['kong', 'prepare']);
        assert.equal(exitCode, 0, stderr);
        assert.ok(writtenDown(variables).includes(`pg_password = ${REFERENCE_TO_ENV}\n`));
      }));

    test('lets kong start by hand fail as Kong alone does', () =>
      beside(async ({ byHand }) => {
        const { exitCode, stderr } = await byHand(['kong', 'start']);
        assert.notEqual(exitCode, 0);
        assert.match(stderr, /failed to dereference '\{vault:\/\/aws/);
      }));

    test('lets kong restart end the Kong that runs, and so the container', () =>
      beside(async ({ through }) => {
        const restarted = await through(['kong', 'restart']);
        assert.equal(restarted.exitCode, 0, restarted.stderr);
        assert.equal((await through(['kong', 'stop'])).exitCode, 0);
      }, true));
  });
}

for (const program of programs) {
  describe(`beside an Enterprise Kong that got references, the ${program.name}, at length`, () => {
    for (const { command, says, ends = false } of enterpriseRows) {
      test(`runs ${command}`, async () => {
        const variables = { ...(await enterprise.freshEnvironment()), KONG_ENTRYPOINT_HANDOVER: 'references' };
        const running = await spawnEntrypoint(startOf(program, ['kong', 'docker-start'], variables));
        await untilServing(running, enterprise.world.kong);
        const words = command.replace('CONF', writeConf()).split(' ');
        const { exitCode, stdout, stderr } = await runEntrypoint(startOf(program, words, variables));
        assert.equal(exitCode, 0, stderr);
        assert.match(stdout, says);
        if (ends) assert.equal((await running.finished).exitCode, 0);
        else await stopServing(running);
      });
    }
  });
}

test('the page tells each of them', () => {
  for (const row of [...runningRows.map((one) => one.page), ...otherPageRows])
    assert.ok(page.includes(`${row}\n`), row);
});

function runByHand([, ...words]: readonly string[], env: Variables): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  const child = execFile(
    howTo.world.kong.kong,
    words,
    { env: { ...env, PATH: process.env['PATH'] } },
    (_, stdout, stderr) => resolve({ exitCode: child.exitCode, stdout, stderr }),
  );
  return promise;
}

function writeConf(): string {
  const text = 'pg_user = {vault://aws/kong-gateway-database/pg_user}\n';
  return writeProgram(join(howTo.world.folder, 'files', 'checked.conf'), text);
}

function writtenDown({ KONG_PREFIX: prefix = '' }: Variables): string {
  return readFileSync(join(prefix, '.kong_env'), 'utf8');
}
