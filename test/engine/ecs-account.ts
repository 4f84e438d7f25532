import { createIam, type PolicyDocument } from '../emulators/iam.ts';
import { type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import { selfSigned } from '../emulators/self-signed.ts';
import { policiesOf, secretName, taskOf } from '../integration/examples/stack.ts';
import {
  policyFileOf,
  readEcsExample,
  readTaskDefinition,
  TASK_DEFINITIONS,
} from '../integration/examples/task-definition.ts';
import { startPostgresql } from '../world/postgresql.ts';
import { keyOfRole } from './task-credentials.ts';

export const REGION = 'eu-central-1';
/** Of Kong's role, of the master user, and of the role that migrates where that is another. */
export const PASSWORDS = {
  kong: 'of-kong-and-found-nowhere',
  kong_admin: 'of-the-master-and-found-nowhere',
  kong_migrator: 'of-the-migrator-and-found-nowhere',
} as const;

/** A PostgreSQL as RDS has it: a master user who is not a superuser, and from version 15 on no login without TLS. */
export type Rds = {
  readonly port: number;
  /** The authority that signed its certificate. */
  readonly authority: string;
  /** An empty database `kong`, of this role's, which is made where it is not there. */
  createDatabase(owner: keyof typeof PASSWORDS): Promise<void>;
  /** Neither database nor role of Kong's. */
  empty(): Promise<void>;
  /** From now on Kong's role is let in without a password, as one is that logs in by a token of IAM's. */
  takeTokens(): void;
  hasDatabase(): Promise<boolean>;
  close(): Promise<void>;
};

export async function startRds(): Promise<Rds> {
  const { cert, key } = selfSigned('rds');
  const tls = { certificate: cert, key };
  const hba = ['hostssl all all all scram-sha-256'];
  const postgresql = await startPostgresql({ tls, hba });
  await postgresql.createRole('kong_admin', PASSWORDS.kong_admin, 'CREATEROLE CREATEDB');
  await postgresql.createRole('kong_migrator', PASSWORDS.kong_migrator);
  async function empty(): Promise<void> {
    await postgresql.query('DROP DATABASE IF EXISTS kong WITH (FORCE)');
    await postgresql.query('DROP ROLE IF EXISTS kong');
    postgresql.configure({ tls, hba });
  }
  return {
    port: postgresql.port,
    authority: cert,
    async createDatabase(owner) {
      await empty();
      await postgresql.createRole('kong', PASSWORDS.kong);
      await postgresql.createDatabase('kong', owner);
    },
    empty,
    takeTokens: () => postgresql.configure({ tls, hba: ['hostssl all kong all trust', ...hba] }),
    async hasDatabase() {
      return (await postgresql.query("SELECT 1 FROM pg_database WHERE datname = 'kong'")).length > 0;
    },
    close: postgresql.close,
  };
}

/** Secrets Manager with the secrets that the examples name, where each role may do what its policy among the examples says. */
export async function startVault(): Promise<SecretsManager> {
  const iam = createIam();
  const keys = [];
  for (const [role, policy] of rolesOfExamples()) {
    keys.push(keyOfRole(role));
    iam.attach(keyOfRole(role).id, policy);
  }
  const vault = await startSecretsManager({ region: REGION, keys, iam });
  const ofKong = JSON.stringify({ pg_user: 'kong', pg_password: PASSWORDS.kong });
  const ofMaster = JSON.stringify({ username: 'kong_admin', password: PASSWORDS.kong_admin });
  vault.putSecret('kong-gateway-database', ofKong);
  vault.putSecret(secretName('KongSecret'), ofKong);
  vault.putSecret('kong-gateway-migrator', JSON.stringify({ pg_password: PASSWORDS.kong_migrator }));
  vault.putSecret(managedSecret(), ofMaster);
  vault.putSecret(secretName('Database.MasterUserSecret.SecretArn'), ofMaster);
  return vault;
}

function rolesOfExamples(): Map<string, PolicyDocument> {
  const roles = new Set(TASK_DEFINITIONS.map((file) => readTaskDefinition(file).taskRoleArn));
  const own = [...roles].map((role) => [role, readEcsExample(policyFileOf(role)) as PolicyDocument] as const);
  const ofStack = ['MigrationsTask', 'KongTask'].map(taskOf).map((task) => {
    const [policy] = policiesOf(task);
    return [task.taskRoleArn, policy as PolicyDocument] as const;
  });
  return new Map([...own, ...ofStack]);
}

function managedSecret(): string {
  const text = JSON.stringify(readTaskDefinition('rds-managed-secret.json'));
  return /rds![^/]+/.exec(text)?.[0] ?? '';
}
