import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startVault, type VaultEmulator } from '../../emulators/hashicorp-vault.ts';
import { type EntrypointResult, runEntrypoint } from '../../world/kong-entrypoint.ts';
import { DEFAULT_KNOBS, tableMigration } from '../../world/stand-in-kong/stand-in-kong.ts';
import { KONG_PASSWORD, KONG_USER } from '../../world/world.ts';
import { createHowTo, type HowTo, startOf, type Variables } from '../how-to-start.ts';
import { type Program, programs } from '../programs.ts';

/* What `--check` says of a schema and of a vault that a start of the same environment would find so. */

const { migrations } = DEFAULT_KNOBS;
const newer = [...migrations, tableMigration('core', '024_370_to_380', true)];

let howTo: HowTo;
let vault: VaultEmulator;
before(async () => {
  howTo = await createHowTo();
  vault = await startVault();
  vault.mount('secret', 'v1').put('database', { pg_user: KONG_USER, pg_password: KONG_PASSWORD });
});
after(() => Promise.all([vault.close(), howTo.close()]));
beforeEach(() => howTo.world.kong.configure({ migrations }));

function run(program: Program, words: readonly string[], environment: Variables): Promise<EntrypointResult> {
  return runEntrypoint({ ...startOf(program, words, environment), timeout: 30_000 });
}

/** An environment whose schema was bootstrapped by the image before this one. */
async function upgradedEnvironment(program: Program): Promise<Variables> {
  const environment = await howTo.freshEnvironment();
  const { exitCode, stderr } = await run(program, ['kong', 'migrations', 'bootstrap'], environment);
  assert.equal(exitCode, 0, stderr);
  howTo.world.kong.configure({ migrations: newer });
  return environment;
}

function lineOf(name: string, { stdout }: EntrypointResult): string {
  const line = stdout.split('\n').find((one) => one.includes(` ${name} `)) ?? '';
  return line.replace(/ +\d+(\.\d)? m?s +/, ' ').trim();
}

for (const program of programs) {
  describe(`--check by the ${program.name}`, () => {
    test('stops at new migrations where a start does', async () => {
      const environment = await upgradedEnvironment(program);
      const checked = await run(program, ['--check', 'kong', 'start'], environment);
      assert.equal(checked.exitCode, 78);
      assert.match(
        lineOf('migrations', checked),
        /^x +migrations KONG_ENTRYPOINT_MIGRATIONS: this version of Kong has new/,
      );
    });

    test('takes kong start --run-migrations for the policy up, as a start does', async () => {
      const environment = await upgradedEnvironment(program);
      const checked = await run(program, ['--check', 'kong', 'start', '--run-migrations'], environment);
      assert.equal(checked.exitCode, 0, checked.stdout);
      assert.equal(lineOf('migrations', checked), 'ok  migrations new migrations: a start runs kong migrations up');
    });

    test('tells that an interrupted bootstrap would be repaired', async () => {
      const environment = await upgradedEnvironment(program);
      await howTo.world.postgresql.query(
        `INSERT INTO kong_entrypoint (kind, id, kong_version) VALUES ('bootstrapping', 'dead', 'unknown')`,
        { database: environment['KONG_PG_DATABASE'] ?? '' },
      );
      const checked = await run(program, ['--check', 'kong', 'start'], environment);
      assert.equal(checked.exitCode, 0, checked.stdout);
      assert.equal(lineOf('migrations', checked), 'ok  migrations new migrations: a start runs kong migrations up');
    });

    test('finds no database where a start would create it first, and creates nothing', async () => {
      const environment = {
        ...(await howTo.freshEnvironment()),
        KONG_PG_DATABASE: 'not_there_yet',
        KONG_ENTRYPOINT_PROVISION: 'on',
        KONG_ENTRYPOINT_ADMIN_PG_USER: 'admin',
        KONG_ENTRYPOINT_ADMIN_PG_PASSWORD: '{vault://aws/kong-gateway-database/pg_password}',
      };
      const checked = await run(program, ['--check', 'kong', 'start'], environment);
      assert.equal(checked.exitCode, 0, checked.stdout);
      assert.equal(
        lineOf('database', checked),
        'ok  database not there for this role yet: a start creates what is missing first',
      );
      const there = await howTo.world.postgresql.query("SELECT 1 FROM pg_database WHERE datname = 'not_there_yet'");
      assert.deepEqual(there, []);
    });

    test("warns of a token of HashiCorp Vault's that is used up soon, or expires", async () => {
      const environment = {
        ...(await howTo.freshEnvironment()),
        KONG_PG_USER: '{vault://hcv/database/pg_user}',
        KONG_PG_PASSWORD: '{vault://hcv/database/pg_password}',
        KONG_VAULT_HCV_PORT: String(vault.port),
      };
      const ask = async (token: string): Promise<string> => {
        const words = ['--check', '--handover', 'references', 'kong', 'start'];
        const { stdout } = await run(program, words, { ...environment, KONG_VAULT_HCV_TOKEN: token });
        assert.ok(!stdout.includes(token));
        return stdout;
      };
      const counted = await ask(vault.createToken({ uses: 9 }));
      assert.match(
        counted,
        /! the token of the hcv vault is good for 7 more requests \(num_uses\), and every start takes some/,
      );
      const timed = await ask(vault.createToken({ seconds: 3600 }));
      assert.match(timed, /! the token of the hcv vault expires in \S+ \S+, and Kong does not renew it/);
      assert.doesNotMatch(await ask(vault.createToken()), /the token of the hcv vault/);
    });
  });
}
