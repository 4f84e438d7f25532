import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { authMethods } from '../../src/vaults/hcv/auth-methods.ts';
import { startVault, type VaultEmulator } from '../emulators/hashicorp-vault.ts';
import { approleMethod } from '../emulators/vault-logins.ts';
import { spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { createWorld, KONG_PASSWORD, KONG_USER, type World } from '../world/world.ts';
import { startOf, type Variables } from './how-to-start.ts';
import { programs } from './programs.ts';
import { stopServing, untilServing } from './serving-kong.ts';

const SECRET_ID = 's3cr3t-0f91-id';
let world: World;
let vault: VaultEmulator;

before(async () => {
  world = await createWorld({ kong: { edition: 'open-source' } });
  vault = await startVault();
  vault.mount('secret', 'v2').put('kong/database', { pg_user: KONG_USER, pg_password: KONG_PASSWORD });
  vault.enable('approle', approleMethod('role-1', new Map([[SECRET_ID, 0]])));
});
after(() => Promise.all([vault.close(), world.close()]));

async function freshEnvironment(): Promise<Variables> {
  world.kong.clearRecord();
  for (const list of [vault.requests, vault.given, vault.revoked]) list.length = 0;
  return {
    ...(await world.createKongDatabase()),
    KONG_PG_USER: '{vault://hcv/kong/database/pg_user}',
    KONG_PG_PASSWORD: '{vault://hcv/kong/database/pg_password}',
    KONG_VAULT_HCV_PORT: String(vault.port),
    KONG_VAULT_HCV_KV: 'v2',
    KONG_VAULT_HCV_AUTH_METHOD: 'approle',
    KONG_VAULT_HCV_APPROLE_ROLE_ID: 'role-1',
    KONG_VAULT_HCV_APPROLE_SECRET_ID: SECRET_ID,
    KONG_ENTRYPOINT_PROGRAM: world.kong.entryScript,
  };
}

/** One login, one read for both references, and the token given back. */
function assertAsked(): void {
  assert.deepEqual(
    vault.requests.map(({ method, target }) => `${method} ${target}`),
    ['POST /v1/auth/approle/login', 'GET /v1/secret/data/kong/database', 'POST /v1/auth/token/revoke-self'],
  );
  assert.deepEqual([vault.given.length, vault.revoked], [1, vault.given]);
}

function assertSilent(text: string): void {
  for (const secret of [KONG_PASSWORD, SECRET_ID, ...vault.given]) assert.ok(!text.includes(secret));
}

for (const program of programs) {
  describe(`the ${program.name}, with references to HashiCorp Vault,`, () => {
    test('runs the migrations with the values, gives its token back, and becomes Kong', async () => {
      const environment = await freshEnvironment();
      const args = ['--handover', 'values', 'kong', 'docker-start'];
      const running = await spawnEntrypoint(startOf(program, args, environment));
      const served = await untilServing(running, world.kong);
      assertAsked();
      assert.equal(served.pid, running.pid);
      const [child] = world.kong.record();
      assert.deepEqual(
        [child?.environment['KONG_PG_USER'], child?.environment['KONG_PG_PASSWORD']],
        [KONG_USER, KONG_PASSWORD],
      );
      assert.equal(child?.environment['KONG_VAULT_HCV_APPROLE_SECRET_ID'], undefined);
      assertSilent(`${running.stdout()}${running.stderr()}`);
      assert.match(running.stderr(), /2 references \(KONG_PG_USER, KONG_PG_PASSWORD\), 1 secret from hcv in /);
      await stopServing(running);
    });

    test('runs a migrations step as the command of the container', async () => {
      const environment = await freshEnvironment();
      const running = await spawnEntrypoint(startOf(program, ['kong', 'migrations', 'bootstrap'], environment));
      const { exitCode, stdout, stderr } = await running.finished;
      assert.equal(exitCode, 0, stderr);
      assertAsked();
      assertSilent(`${stdout}${stderr}`);
    });

    test('gives its token back also when the start fails', async () => {
      const environment = { ...(await freshEnvironment()), KONG_PG_PASSWORD: '{vault://hcv/kong/database/absent}' };
      const running = await spawnEntrypoint(startOf(program, ['kong', 'migrations', 'up'], environment));
      const { exitCode, stdout, stderr } = await running.finished;
      assert.equal(exitCode, 65, stderr);
      assertAsked();
      assertSilent(`${stdout}${stderr}`);
    });

    for (const method of Object.keys(authMethods).filter((name) => name !== 'approle')) {
      test(`has the login ${method} in it, which misses its options here`, async () => {
        const environment = { ...(await freshEnvironment()), KONG_VAULT_HCV_AUTH_METHOD: method };
        const running = await spawnEntrypoint(startOf(program, ['kong', 'migrations', 'up'], environment));
        const { exitCode, stderr } = await running.finished;
        assert.equal(exitCode, 78, stderr);
        assert.match(
          stderr,
          new RegExp(`auth_method ${method} of the hcv vault needs the option \\w+, which is not set`),
        );
      });
    }
  });
}
