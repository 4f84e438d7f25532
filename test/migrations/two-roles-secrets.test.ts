import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createIam, type Iam, type PolicyDocument } from '../emulators/iam.ts';
import { emulatorKey, type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import { programs } from '../end-to-end/programs.ts';
import { type DatabaseGate, startDatabaseGate } from '../world/database-gate.ts';
import { runEntrypoint, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { KONG_PASSWORD } from '../world/world.ts';
import { createScene, isHandedOver, runsOf, type Scene, startOf, type Variables, verdict } from './scene.ts';
import { assertLeastRights, MIGRATOR_PASSWORD, quoted, type TwoRoles, withTwoRoles } from './two-roles.ts';

/* Two roles whose secrets rotate, or are kept from one of them. Both are in one vault, each in a secret of its own. */

let scene: Scene;
let vault: SecretsManager;
let gate: DatabaseGate;
let iam: Iam;
let environment: TwoRoles;

/** Every secret, each with a policy for whoever may read it alone. */
const KONG = 'kong-runtime';
const MIGRATOR = 'kong-migrator';
const policies: readonly string[] = [KONG, MIGRATOR];

before(async () => {
  scene = await createScene({ kong: { edition: 'enterprise' } });
  iam = createIam();
  vault = await startSecretsManager({ iam });
  gate = await startDatabaseGate(scene.world.postgresql.port);
});
after(async () => {
  await gate.close();
  await vault.close();
  await scene.close();
});
beforeEach(async () => {
  const roles = await withTwoRoles(scene);
  const { KONG_PG_USER, KONG_ENTRYPOINT_MIGRATOR_PG_USER = '' } = roles;
  store(KONG, KONG_PG_USER, KONG_PASSWORD);
  store(MIGRATOR, KONG_ENTRYPOINT_MIGRATOR_PG_USER, MIGRATOR_PASSWORD);
  environment = {
    ...roles,
    KONG_PG_PORT: String(gate.port),
    KONG_PG_USER: `{vault://aws/${KONG}/user}`,
    KONG_PG_PASSWORD: `{vault://aws/${KONG}/password}`,
    KONG_ENTRYPOINT_MIGRATOR_PG_USER: `{vault://aws/${MIGRATOR}/user}`,
    KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD: `{vault://aws/${MIGRATOR}/password}`,
    KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD_FILE: '',
    KONG_VAULT_AWS_REGION: vault.region,
    KONG_VAULT_AWS_ENDPOINT_URL: vault.url,
    AWS_ACCESS_KEY_ID: emulatorKey.id,
    AWS_SECRET_ACCESS_KEY: emulatorKey.secret,
    RUNTIME: KONG_PG_USER ?? '',
    MIGRATES: KONG_ENTRYPOINT_MIGRATOR_PG_USER,
  };
  allow(...policies);
  scene.world.kong.configure({ stepMilliseconds: 0 });
  await gate.open();
  vault.calls.length = 0;
});

function store(secret: string, user = '', password: string): void {
  vault.putSecret(secret, JSON.stringify({ user, password }));
}

/** Lets this task read these secrets, and no other. */
function allow(...secrets: readonly string[]): void {
  const Resource = secrets.map((secret) => `arn:aws:secretsmanager:*:*:secret:${secret}-??????`);
  const Statement = [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource }];
  iam.attach(emulatorKey.id, { Version: '2012-10-17', Statement });
}

async function rotate(secret: string, role: string, password: string): Promise<void> {
  store(secret, role, password);
  await scene.world.postgresql.query(`ALTER ROLE ${quoted(role)} PASSWORD '${password}'`);
}

/** As Kong's role logs in after all of this: by its own name, with the password that it has now. */
async function assertKongMayUseAll(): Promise<void> {
  await scene.world.postgresql.query(`ALTER ROLE ${quoted(environment['RUNTIME'] ?? '')} PASSWORD '${KONG_PASSWORD}'`);
  await assertLeastRights(scene, { ...environment, KONG_PG_USER: environment['RUNTIME'] ?? '' });
}

async function start(options: readonly string[] = [], more: Variables = {}) {
  const result = await runEntrypoint(startOf({ ...environment, ...more }, options));
  assert.ok(isHandedOver(result), result.stderr);
  return result;
}

test("the migrator's secret is fetched for migrations, and not on the fast path, where the vault may deny it", async () => {
  const first = await start();
  assert.match(
    first.stderr,
    /info: 2 references \(KONG_ENTRYPOINT_MIGRATOR_PG_USER, KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD\), 1 secret from aws in /,
  );
  vault.calls.length = 0;
  allow(KONG);
  const { stderr } = await start();
  assert.match(stderr, /info: schema ready \(remembered; --fast-path off asks Kong\)/);
  assert.equal(vault.calls.length, 1);
});

test("where the schema is not ready, the migrator's denied secret ends the start with 77, and names the role and the reference", async () => {
  allow(KONG);
  const result = await runEntrypoint(startOf(environment));
  assert.equal(result.exitCode, 77, result.stderr);
  const [error = ''] = verdict(result);
  assert.match(
    error,
    /^error: KONG_ENTRYPOINT_MIGRATOR_PG_USER, KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD: .*\{vault:\/\/aws\/kong-migrator\/user\}, \{vault:\/\/aws\/kong-migrator\/password\}$/,
  );
  assert.deepEqual(runsOf(scene.recordOf(environment), 'bootstrap'), []);
});

test("the migrations task reads the migrator's secret alone, where it is told the name of Kong's role", async () => {
  allow(MIGRATOR);
  const words = ['kong', 'migrations', 'bootstrap'];
  const task = { ...environment, KONG_PG_USER: environment['RUNTIME'] ?? '' };
  const { exitCode, stderr } = await runEntrypoint(startOf(task, [], { words }));
  assert.equal(exitCode, 0, stderr);
  await assertKongMayUseAll();
});

const rotations = [
  ["Kong's", KONG, 'RUNTIME', []],
  ["the migrator's", MIGRATOR, 'MIGRATES', ['--fast-path', 'off']],
] as const;
for (const [whose, secret, role, options] of rotations) {
  test(`${whose} password that is rotated between the fetch and the login heals`, async () => {
    await gate.shut();
    const running = await spawnEntrypoint(startOf(environment, options));
    await running.waitForLine('nothing listens there yet');
    await rotate(secret, environment[role] ?? '', 'rotated-between');
    await gate.open();
    const result = await running.finished;
    assert.ok(isHandedOver(result), result.stderr);
    assert.match(result.stderr, /login refused; fetching the secret again, in case it was just rotated$/m);
    const [bootstrap] = runsOf(scene.recordOf(environment), 'bootstrap');
    assert.equal(
      bootstrap?.environment['KONG_PG_PASSWORD'],
      role === 'MIGRATES' ? 'rotated-between' : MIGRATOR_PASSWORD,
    );
    await assertKongMayUseAll();
  });

  test(`${whose} password that is rotated in the middle of a bootstrap, with every connection lost, heals, at length`, async () => {
    scene.world.kong.configure({ stepMilliseconds: 300 });
    const running = await spawnEntrypoint(startOf(environment));
    await running.waitForLine('core migrated up to: 000_base');
    await rotate(secret, environment[role] ?? '', 'rotated-amid');
    await scene.world.postgresql.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kong-entrypoint'",
    );
    const result = await running.finished;
    assert.ok(isHandedOver(result), result.stderr);
    await assertKongMayUseAll();
  });

  test(`${whose} password that is rotated to one that was never stored: 77, which names the role and its reference`, async () => {
    await scene.world.postgresql.query(`ALTER ROLE ${quoted(environment[role] ?? '')} PASSWORD 'stored-nowhere'`);
    const result = await runEntrypoint(startOf(environment));
    assert.equal(result.exitCode, 77, result.stderr);
    const variable = role === 'MIGRATES' ? 'KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD' : 'KONG_PG_PASSWORD';
    const error = verdict(result)[0] ?? '';
    assert.ok(error.startsWith(`error: ${variable}: ${environment[role]}@127.0.0.1:`), error);
    assert.ok(
      error.endsWith(
        `PostgreSQL refused the login, also after fetching the secret again: {vault://aws/${secret}/password}`,
      ),
      error,
    );
  });
}

type Policies = { readonly policies: readonly { readonly principal: string; readonly document: PolicyDocument }[] };

for (const program of programs) {
  test(`the policies that the ${program.name} prints are enough for the service and for the task, and neither reads the other's secret`, async () => {
    const words = ['kong', 'docker-start'];
    const printed = await runEntrypoint(startOf(environment, ['--iam-policy', '--output', 'json'], { words, program }));
    const [service, task]: Policies['policies'] = (JSON.parse(printed.stdout) as Policies).policies;
    assert.equal(service?.principal, "the service's role (--migrations wait)");
    assert.equal(task?.principal, 'the role of the task that runs kong migrations bootstrap');
    const named = { ...environment, KONG_PG_USER: environment['RUNTIME'] ?? '' };
    const again = await runEntrypoint(startOf(named, ['--iam-policy', '--output', 'json'], { program }));
    const [, narrow] = (JSON.parse(again.stdout) as Policies).policies;
    assert.ok(!JSON.stringify(narrow).includes(KONG), "a name that is not a reference needs nothing of Kong's secret");
    assert.ok(!JSON.stringify(service).includes(MIGRATOR));
    iam.attach(emulatorKey.id, narrow?.document);
    const migrated = await runEntrypoint(startOf(named, [], { words: ['kong', 'migrations', 'bootstrap'], program }));
    assert.equal(migrated.exitCode, 0, migrated.stderr);
    iam.attach(emulatorKey.id, service?.document);
    const served = await runEntrypoint(startOf(environment, ['--migrations', 'wait'], { program }));
    assert.ok(isHandedOver(served), served.stderr);
  });
}
