import { domainOf, partitionOf } from '../vaults/aws/names.ts';
import type { Examined } from './examine.ts';
import type { Plan, PlannedRequest } from './plan.ts';

export type Statement = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string;
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

export type IamPolicy = {
  /** Whose policy it is: the container's own role, or a role that it takes on. */
  readonly principal: string;
  readonly document: { readonly Version: '2012-10-17'; readonly Statement: readonly Statement[] };
};

const CONTAINER = "the container's role";

/**
 * The least that AWS has to allow for this start: one policy for the container's role, and one for each role that it takes on. `container`
 * says whose role it is.
 */
export function iamPolicies(
  plan: Plan,
  examined: Examined,
  kmsKey: string | undefined,
  container = CONTAINER,
): readonly IamPolicy[] {
  const requests = plan.requests.filter(({ vault }) => vault === 'aws');
  const byRole = Map.groupBy(requests, ({ role }) => role ?? CONTAINER);
  const login = loginOf(plan, examined);
  const roles = new Set([...byRole.keys(), ...login.map(({ role }) => role)].filter((role) => role !== CONTAINER));
  const policies = [CONTAINER, ...roles].map((principal) => ({
    principal,
    statements: [
      ...secretStatements(byRole.get(principal) ?? [], kmsKey),
      ...login.filter(({ role }) => role === principal).map(({ statement }) => statement),
      ...(principal === CONTAINER ? assumeStatements([...roles]) : []),
    ],
  }));
  return policies
    .filter(({ statements }) => statements.length > 0)
    .map(({ principal, statements }) => ({
      principal: principal === CONTAINER ? container : principal,
      document: { Version: '2012-10-17', Statement: statements },
    }));
}

function secretStatements(requests: readonly PlannedRequest[], kmsKey: string | undefined): Statement[] {
  if (requests.length === 0) return [];
  const resources = [...new Set(requests.map(resourceOf))].toSorted();
  const read: Statement = {
    Sid: 'ReadSecrets',
    Effect: 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    Resource: resources,
  };
  return kmsKey === undefined ? [read] : [read, decryptWith(kmsKey, requests)];
}

/** Secrets Manager decrypts on the caller's behalf: the key need not be usable for anything else. */
function decryptWith(kmsKey: string, requests: readonly PlannedRequest[]): Statement {
  const region = requests.find((request) => request.region !== null)?.region ?? '*';
  return {
    Sid: 'DecryptSecrets',
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: kmsKey,
    Condition: { StringLike: { 'kms:ViaService': `secretsmanager.${region}.${domainOf(region)}` } },
  };
}

/** A secret's ARN ends in six random characters that its name does not tell. */
function resourceOf({ secret, region }: PlannedRequest): string {
  if (/^arn:[^:]*:secretsmanager:.*-[A-Za-z0-9]{6}$/.test(secret)) return secret;
  if (secret.startsWith('arn:')) return `${secret}-??????`;
  return `arn:${partitionOf(region ?? '')}:secretsmanager:${region ?? '*'}:*:secret:${secret}-??????`;
}

function assumeStatements(roles: readonly string[]): Statement[] {
  if (roles.length === 0) return [];
  return [{ Sid: 'TakeOnRoles', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roles.toSorted() }];
}

type Login = { readonly role: string; readonly statement: Statement };

/** The login by token, and whose right it has to be: to any database of this region that has this user. The id of the database is not in its host name. */
function loginOf({ database }: Plan, { command, known: { typed } }: Examined): readonly Login[] {
  if (typed.pg_iam_auth !== true || database === null) return [];
  const role = command.kind === 'migrations' ? (database.migrator ?? database.user) : database.user;
  const user = role.startsWith('{vault:') ? '*' : role;
  const region = /\.([a-z0-9-]+)\.rds\.amazonaws\.com(?:\.cn)?$/.exec(database.host)?.[1];
  const statement: Statement = {
    Sid: 'LogInToDatabase',
    Effect: 'Allow',
    Action: 'rds-db:connect',
    Resource: `arn:${partitionOf(region ?? '')}:rds-db:${region ?? '*'}:*:dbuser:*/${user}`,
  };
  return [{ role: typed.pg_iam_auth_assume_role_arn ?? CONTAINER, statement }];
}
