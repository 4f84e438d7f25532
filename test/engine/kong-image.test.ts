import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { provideComposeImages } from './compose-images.ts';
import { type Engine, openEngine } from './engine.ts';
import { createKongImage, DERIVED, KONG, type KongImage, type Serving } from './kong-image.ts';
import { POSTGRESQL } from './postgresql-image.ts';
import { provideBaseImages } from './stand-in-images.ts';

/*
 * What .github/workflows/ci.yml runs with the real images of Kong and PostgreSQL, each Kong with 17 and each PostgreSQL with Kong 3.9. Here
 * the same rows run with stand-ins, so that the rows themselves are tested.
 */
const ROUNDS = 3;
const REFERENCE = 'KONG_PG_PASSWORD={vault://env/database-password}';

let engine: Engine;
let image: KongImage;
const cleanUp: (() => Promise<unknown>)[] = [];

before(async () => {
  engine = await openEngine();
  cleanUp.push(() => engine.close());
  cleanUp.push(await provideBaseImages(engine));
  cleanUp.push(await provideComposeImages(engine));
  image = await createKongImage(engine);
  cleanUp.push(() => image.close());
});
after(async () => {
  for (const undo of cleanUp.toReversed()) await undo();
});

type Row = {
  readonly title: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly exitCode: number;
  readonly says: RegExp;
};

const start = ['kong', 'docker-start'];
/** Each against a database that is empty. */
const rows: readonly Row[] = [
  { title: '--plan says that it will bootstrap', command: ['--plan', ...start], exitCode: 0, says: /bootstrap/ },
  { title: '--check finds nothing amiss', command: ['--check', ...start], exitCode: 0, says: /./ },
  {
    title: 'a reference to a variable that is not there stops the start',
    environment: { KONG_PG_PASSWORD: '{vault://env/no-such-variable}' },
    exitCode: 66,
    says: /error: KONG_PG_PASSWORD: .*\n.*hint: /,
  },
  {
    title: 'a password that PostgreSQL refuses stops the start',
    environment: { DATABASE_PASSWORD: 'another' },
    exitCode: 77,
    says: /error: KONG_PG_PASSWORD: .*\n.*hint: /,
  },
  {
    title: 'a variable of ours with a typing slip stops the start',
    environment: { KONG_ENTRYPOINT_MIGRATION: 'up' },
    exitCode: 78,
    says: /error: KONG_ENTRYPOINT_MIGRATION: /,
  },
  {
    title: 'under the policy wait nobody bootstraps',
    command: ['--migrations', 'wait', '--timeout', '3s', ...start],
    exitCode: 75,
    says: /error: /,
  },
  { title: 'a program that is not there is 127', command: ['no-such-program'], exitCode: 127, says: /no-such-program/ },
  {
    title: 'a command of Kong that needs no database is run as it is',
    command: ['kong', 'version'],
    exitCode: 0,
    says: /^\d+\.\d+/m,
  },
];

describe(`${KONG} with ${POSTGRESQL}`, () => {
  for (const { title, command, environment, exitCode, says } of rows) {
    test(title, async () => {
      const given = { ...(command && { command }), ...(environment && { environment }) };
      const ended = await image.runToEnd({ image: DERIVED, database: await image.fresh(), ...given });
      const said = ended.stdout + ended.stderr;
      assert.equal(ended.status, exitCode, said);
      assert.match(said, says);
      assert.ok(!said.includes(image.password));
    });
  }

  test('as a one-shot it bootstraps, twice with the status 0, and Kong lists what it executed', async () => {
    const database = await image.fresh();
    for (const words of ['bootstrap', 'bootstrap', 'up', 'finish', 'list']) {
      const command = ['kong', 'migrations', words];
      const { status, stdout, stderr } = await image.runToEnd({ image: DERIVED, database, command });
      assert.equal(status, 0, `${words}: ${stdout}${stderr}`);
    }
  });

  test('the first start bootstraps, the next ones remember, and Kong is ready in a time to compare', async (context) => {
    const database = await image.fresh();
    await image.whileServing({ image: DERIVED, database }, async (kong) => {
      assert.match(await logsOf(kong), /the schema is empty: bootstrapping/);
      context.diagnostic(`container to ready, with the bootstrap: ${kong.readyAfter} ms`);
      await assertIsKong(kong);
      await assertStops(kong);
    });
    for (let round = 1; round <= ROUNDS; round += 1) {
      await image.whileServing({ image: DERIVED, database }, async (kong) => {
        assert.match(await logsOf(kong), /schema ready \(remembered/);
        context.diagnostic(`container to ready, start ${round} with kong-entrypoint: ${kong.readyAfter} ms`);
        await assertStops(kong);
      });
      await image.whileServing({ image: KONG, database }, async (kong) => {
        context.diagnostic(`container to ready, start ${round} of the plain image: ${kong.readyAfter} ms`);
      });
    }
  });
});

async function logsOf({ id }: Serving): Promise<string> {
  const { stdout, stderr } = await engine.run('logs', id);
  return stdout + stderr;
}

/** The first process is Kong's, with the reference and without what we dereferenced; the secret is in no log. */
async function assertIsKong(kong: Serving): Promise<void> {
  const environment = await engine.docker('exec', kong.id, 'cat', '/proc/1/environ');
  assert.ok(environment.split('\0').includes(REFERENCE));
  assert.match(await engine.docker('exec', kong.id, 'cat', '/proc/1/cmdline'), /nginx/);
  assert.ok(!(await logsOf(kong)).includes(image.password));
}

async function assertStops({ id }: Serving): Promise<void> {
  await engine.docker('stop', id);
  assert.equal(await engine.docker('wait', id), '0', (await engine.run('logs', id)).stderr);
}
