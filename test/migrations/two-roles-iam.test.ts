import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { selfSigned } from '../emulators/self-signed.ts';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { createScene, isHandedOver, runsOf, type Scene, startOf, type Variables } from './scene.ts';
import { type TwoRoles, tablesOf, withTwoRoles } from './two-roles.ts';

/* Two roles without a password: each logs in by a token that is signed for it. The server takes any from these two, over TLS alone. */

let scene: Scene;
let environment: TwoRoles & Variables;
before(async () => {
  const { key, cert } = selfSigned();
  scene = await createScene({
    kong: { edition: 'enterprise', databaseToken: 'a-token' },
    postgresql: { tls: { key, certificate: cert }, hba: ['hostssl all all 127.0.0.1/32 trust'] },
  });
  const roles = await withTwoRoles(scene, { kong: 'runtime', migrator: 'migrator' });
  const { KONG_PG_PASSWORD: _, KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD_FILE: __, ...others } = roles;
  environment = {
    ...others,
    KONG_PG_DATABASE: roles.KONG_PG_DATABASE,
    KONG_PG_IAM_AUTH: 'on',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example/secret',
  };
});
after(() => scene.close());

test('with pg_iam_auth on, the role that migrates logs in by a token of its own, and so does Kong', async () => {
  const first = await runEntrypoint(startOf(environment));
  assert.ok(isHandedOver(first), first.stderr);
  const [bootstrap] = runsOf(scene.recordOf(environment), 'bootstrap');
  assert.equal(bootstrap?.environment['KONG_PG_USER'], environment['KONG_ENTRYPOINT_MIGRATOR_PG_USER']);
  const owners = await scene.ask<{ readonly tableowner: string }>(
    environment,
    "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'",
  );
  assert.deepEqual(owners, [{ tableowner: environment['KONG_ENTRYPOINT_MIGRATOR_PG_USER'] }]);
  assert.ok((await tablesOf(scene, environment)).length > 8);
  const { stderr } = await runEntrypoint(startOf(environment));
  assert.match(stderr, /schema ready \(remembered/);
});

test('the policies allow each task the login of its own role', async () => {
  const { stdout } = await runEntrypoint(startOf(environment, ['--iam-policy', '--output', 'json']));
  const [service, task] = JSON.parse(stdout).policies;
  assert.match(JSON.stringify(service), new RegExp(`dbuser:\\*/${environment['KONG_PG_USER']}"`));
  assert.match(JSON.stringify(task), new RegExp(`dbuser:\\*/${environment['KONG_ENTRYPOINT_MIGRATOR_PG_USER']}"`));
});
