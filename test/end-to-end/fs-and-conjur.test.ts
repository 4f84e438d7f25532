import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Conjur, startConjur } from '../emulators/conjur.ts';
import { spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { createWorld, KONG_PASSWORD, KONG_USER, type World } from '../world/world.ts';
import { startOf, type Variables } from './how-to-start.ts';
import { programs } from './programs.ts';

const API_KEY = '1vgw0fjtdy20412041';
let world: World;
let conjur: Conjur;
let folder: string;

before(async () => {
  world = await createWorld({ kong: { edition: 'enterprise' } });
  conjur = await startConjur({ apiKey: API_KEY });
  conjur.put('kong/password', KONG_PASSWORD);
  folder = join(world.folder, 'secrets');
  mkdirSync(join(folder, 'database'), { recursive: true });
  writeFileSync(join(folder, 'database/user'), KONG_USER);
});
after(() => Promise.all([conjur.close(), world.close()]));

async function freshEnvironment(): Promise<Variables> {
  world.kong.clearRecord();
  conjur.requests.length = 0;
  return {
    ...(await world.createKongDatabase()),
    KONG_PG_USER: '{vault://fs/database/user}',
    KONG_PG_PASSWORD: '{vault://conjur/kong%2Fpassword}',
    KONG_VAULT_FS_PREFIX: folder,
    KONG_VAULT_CONJUR_ENDPOINT_URL: conjur.url,
    KONG_VAULT_CONJUR_ACCOUNT: 'acme',
    KONG_VAULT_CONJUR_LOGIN: 'host/kong',
    KONG_VAULT_CONJUR_API_KEY: API_KEY,
  };
}

for (const program of programs) {
  test(`the ${program.name} runs the migrations as the user of a file, with a password of Conjur`, async () => {
    const environment = await freshEnvironment();
    const running = await spawnEntrypoint(startOf(program, ['kong', 'migrations', 'bootstrap'], environment));
    const { exitCode, stdout, stderr } = await running.finished;
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(conjur.requests, [
      'POST /authn/acme/host%2Fkong/authenticate',
      'GET /secrets/acme/variable/kong%2Fpassword',
    ]);
    const [child] = world.kong.record();
    const { KONG_PG_USER, KONG_PG_PASSWORD, KONG_VAULT_CONJUR_API_KEY } = child?.environment ?? {};
    assert.deepEqual([KONG_PG_USER, KONG_PG_PASSWORD], [KONG_USER, KONG_PASSWORD]);
    assert.equal(KONG_VAULT_CONJUR_API_KEY, undefined);
    assert.match(stderr, /2 references \(KONG_PG_USER, KONG_PG_PASSWORD\), 2 secrets from (fs, conjur|conjur, fs) in /);
    for (const secret of [KONG_PASSWORD, API_KEY]) assert.ok(!`${stdout}${stderr}`.includes(secret));
  });
}

describe('with a wrong API key', () => {
  for (const program of programs) {
    test(`the ${program.name} stops with 77 and does not repeat it`, async () => {
      const environment = { ...(await freshEnvironment()), KONG_VAULT_CONJUR_API_KEY: 'hunter2' };
      const running = await spawnEntrypoint(startOf(program, ['kong', 'migrations', 'bootstrap'], environment));
      const { exitCode, stdout, stderr } = await running.finished;
      assert.equal(exitCode, 77, stderr);
      assert.match(stderr, /error: KONG_PG_PASSWORD: Conjur at 127\.0\.0\.1:\d+ refused the login of "host\/kong"/);
      assert.ok(!`${stdout}${stderr}`.includes('hunter2'));
    });
  }
});
