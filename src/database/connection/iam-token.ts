import { AccessRefusedError, EntrypointError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import { readTrustedCertificates } from '../../settings/trusted-certificates.ts';
import type { VaultWorld } from '../../vaults/vault.ts';
import type { ConnectionSettings } from '../connection-settings.ts';

/**
 * The token that `pg_iam_auth` logs in with in place of a password: signed here for this host, port and user, good for 15 minutes. Region
 * and credentials are found as for the aws vault, `pg_iam_auth_assume_role_arn` and its kin with them. Throws what finding them throws.
 */
export async function createIamToken(settings: ConnectionSettings, world: VaultWorld): Promise<Secret> {
  const [{ Signer }, { logInToAws }] = await Promise.all([
    import('@aws-sdk/rds-signer'),
    import('../../vaults/aws/log-in.ts'),
  ]);
  const login = await logInToAws(roleOptions(settings), {
    ...world,
    trustedByKong: () => readTrustedCertificates(settings.typed.lua_ssl_trusted_certificate ?? []),
  });
  const signer = new Signer({
    hostname: settings.host,
    port: settings.port,
    username: settings.user,
    region: login.region.name,
    credentials: () => login.credentials(),
  });
  try {
    return new Secret(await signer.getAuthToken());
  } catch (error) {
    if (error instanceof EntrypointError) throw error;
    throw new AccessRefusedError('no token for the login to PostgreSQL could be made from the AWS credentials', {
      settingKey: 'pg_iam_auth',
      hint: 'give the task a role with rds-db:connect on this database user',
      cause: error,
    });
  }
}

function roleOptions({ typed }: ConnectionSettings): Record<string, string> {
  const { pg_iam_auth_assume_role_arn, pg_iam_auth_role_session_name, pg_iam_auth_sts_endpoint_url } = typed;
  return {
    role_session_name: pg_iam_auth_role_session_name ?? 'KongPostgres',
    ...(pg_iam_auth_assume_role_arn !== undefined && { assume_role_arn: pg_iam_auth_assume_role_arn }),
    ...(pg_iam_auth_sts_endpoint_url !== undefined && { sts_endpoint_url: pg_iam_auth_sts_endpoint_url }),
  };
}
