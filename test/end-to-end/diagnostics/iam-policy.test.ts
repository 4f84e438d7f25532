import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createIam, type PolicyDocument } from '../../emulators/iam.ts';
import { emulatorKey } from '../../emulators/secrets-manager.ts';
import { type Sts, startSts } from '../../emulators/sts.ts';
import { runEntrypoint } from '../../world/kong-entrypoint.ts';
import { KONG_PASSWORD, KONG_USER } from '../../world/world.ts';
import { createHowTo, type HowTo, startOf, type Variables } from '../how-to-start.ts';
import { programs } from '../programs.ts';

/* A Secrets Manager and an STS that allow what a policy says and nothing else: is what we write enough, and is all of it needed? */

const iam = createIam();
const kmsKey = 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-1111-2222-3333-444455556666';
const role = 'arn:aws:iam::123456789012:role/kong-secrets';
/** The key that the role comes with. */
const roleKey = { id: 'ASIAROLE', secret: 'role/secret', sessionToken: 'role-session' };

let howTo: HowTo;
let sts: Sts;
before(async () => {
  howTo = await createHowTo({ edition: 'enterprise' }, { iam, kmsKey, keys: [emulatorKey, roleKey] });
  sts = await startSts({ keys: [emulatorKey], issued: roleKey, iam });
  const { vault } = howTo;
  vault.putSecret('rds!db-0a1b', JSON.stringify({ username: KONG_USER, password: KONG_PASSWORD }));
  const { superuser: username, superuserPassword: password } = howTo.world.postgresql;
  vault.putSecret('rds!db-master', JSON.stringify({ username, password }));
  vault.putSecret('kong/licence', '{"license":{}}');
});
after(async () => {
  await sts.close();
  await howTo.close();
});

type Row = readonly [what: string, variables: () => Variables];

const rows: readonly Row[] = [
  ['two keys of one secret', () => ({})],
  [
    'three secrets: one of RDS, one by its whole ARN, one with a path',
    () => ({
      KONG_PG_USER: '{vault://aws/rds!db-0a1b/username}',
      KONG_PG_PASSWORD:
        '{vault://aws/arn:aws:secretsmanager:eu-central-1:123456789012:secret:kong-gateway-database-AbCdEf/pg_password}',
      KONG_LICENSE_DATA: '{vault://aws/kong%2Flicence/}',
    }),
  ],
  [
    'an admin that provisions, whose secret is managed by RDS',
    () => ({
      KONG_ENTRYPOINT_PROVISION: 'on',
      KONG_ENTRYPOINT_ADMIN_PG_USER: '{vault://aws/rds!db-master/username}',
      KONG_ENTRYPOINT_ADMIN_PG_PASSWORD: '{vault://aws/rds!db-master/password}',
    }),
  ],
  [
    'a role that is taken on',
    () => ({ KONG_VAULT_AWS_ASSUME_ROLE_ARN: role, KONG_VAULT_AWS_STS_ENDPOINT_URL: sts.url }),
  ],
];

type Policy = { readonly principal: string; readonly document: PolicyDocument };

for (const program of programs) {
  describe(`the policy that the ${program.name} writes for`, () => {
    for (const [what, variables] of rows) {
      test(`${what} is enough, and every statement and resource of it is needed`, async () => {
        const environment = { ...(await howTo.freshEnvironment()), ...variables() };
        const asked = await runEntrypoint(
          startOf(
            program,
            [`--iam-policy=${kmsKey}`, '--output', 'json', 'kong', 'migrations', 'bootstrap'],
            environment,
          ),
        );
        assert.equal(asked.exitCode, 0, asked.stderr);
        const { policies }: { policies: readonly Policy[] } = JSON.parse(asked.stdout);
        assert.equal(await startWith(policies, environment), 0);
        const less = policies.flatMap((policy) => withLess(policy.document).map((document) => ({ policy, document })));
        assert.ok(less.length >= 2);
        for (const { policy, document } of less) {
          const changed = policies.map((one) => (one === policy ? { ...one, document } : one));
          assert.equal(await startWith(changed, environment), 77, JSON.stringify(document));
        }
      });
    }
  });

  async function startWith(policies: readonly Policy[], environment: Variables): Promise<number | null> {
    iam.attach(emulatorKey.id, undefined);
    iam.attach(roleKey.id, undefined);
    for (const { principal, document } of policies) {
      iam.attach(principal === role ? roleKey.id : emulatorKey.id, document);
    }
    return (await runEntrypoint(startOf(program, ['kong', 'migrations', 'bootstrap'], environment))).exitCode;
  }
}

/** The document without one statement, and without one resource of a statement that has several. */
function withLess(document: PolicyDocument): PolicyDocument[] {
  return document.Statement.flatMap((statement, index) => {
    const without = document.Statement.toSpliced(index, 1);
    const resources = [statement.Resource].flat();
    const fewer =
      resources.length < 2 ? [] : resources.map((_, at) => ({ ...statement, Resource: resources.toSpliced(at, 1) }));
    return [without, ...fewer.map((one) => document.Statement.toSpliced(index, 1, one))].map((Statement) => ({
      ...document,
      Statement,
    }));
  });
}
