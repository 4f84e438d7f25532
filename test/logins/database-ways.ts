import type { WayToLogIn } from './way-to-log-in.ts';

const PASSWORDLESS = 'test/migrations/passwordless.test.ts';
const RDS = 'test/integration/rds-iam-login.test.ts';

/** The ways to log in to Kong's database. */
export const databaseWays: readonly WayToLogIn[] = [
  {
    to: 'PostgreSQL',
    way: 'a password',
    by: '`KONG_PG_PASSWORD`',
    since: '2.8',
    letIn: ['test/end-to-end/how-to.test.ts', 'one call, values for migrations, references for Kong'],
    nearly: 'another password, fetched again once',
    refused: ['test/end-to-end/error-cases/database.ts', 'a wrong password, though the secret was fetched again once'],
  },
  {
    to: 'Amazon RDS, Aurora',
    way: 'IAM',
    by: '`KONG_PG_IAM_AUTH`',
    since: '3.3',
    letIn: [RDS, 'logs in to RDS with a token that is signed for this host, port and user'],
    nearly: 'a token for another port, user or region',
    refused: [RDS, 'is refused by RDS for'],
  },
  {
    to: 'Amazon RDS, Aurora',
    way: 'IAM, by a role that is assumed',
    by: '`KONG_PG_IAM_AUTH_ASSUME_ROLE_ARN`',
    since: '3.8',
    letIn: [RDS, 'logs in as a role that is assumed first'],
    nearly: 'another session token',
    refused: [RDS, 'another session token'],
  },
  {
    to: 'Azure Database for PostgreSQL',
    way: 'a client secret',
    by: '`KONG_PG_AZURE_AUTH`',
    since: '3.12',
    letIn: [PASSWORDLESS, "pg_azure_auth by a client secret in Azure's own variables"],
    nearly: 'a secret that Entra ID refuses',
    refused: [PASSWORDLESS, 'a client secret that Entra ID refuses: 77'],
  },
  {
    to: 'Azure Database for PostgreSQL',
    way: 'workload identity',
    by: '`KONG_PG_AZURE_AUTH`',
    since: '3.12',
    letIn: [PASSWORDLESS, 'pg_azure_auth by workload identity'],
    nearly: 'a token that is not good for the role',
    refused: [PASSWORDLESS, 'a token that is not good for the role: 77'],
  },
  {
    to: 'Azure Database for PostgreSQL',
    way: 'a managed identity',
    by: '`KONG_PG_AZURE_AUTH`',
    since: '3.12',
    letIn: [PASSWORDLESS, 'pg_azure_auth by the managed identity of a machine'],
    nearly: 'no identity at all',
    refused: [PASSWORDLESS, 'no identity at all: 77'],
  },
  {
    to: 'Cloud SQL',
    way: 'the key of a service account',
    by: '`KONG_PG_GCP_AUTH`',
    since: '3.13',
    letIn: [PASSWORDLESS, 'pg_gcp_auth by the key of a service account'],
    nearly: 'a key that is none',
    refused: [PASSWORDLESS, 'a key of Google that is none: 78'],
  },
  {
    to: 'Cloud SQL',
    way: 'the metadata server',
    by: '`KONG_PG_GCP_AUTH`',
    since: '3.13',
    letIn: [PASSWORDLESS, 'pg_gcp_auth by the metadata server'],
    nearly: 'a server without TLS, which gets no token',
    refused: [PASSWORDLESS, 'a server without TLS, which never gets the token: 78'],
  },
];
