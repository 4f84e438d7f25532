import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentity } from '@smithy/types';
import { SettingError } from '../../errors.ts';
import { logInToAws } from '../aws/log-in.ts';
import { domainOf } from '../aws/names.ts';
import { textOf } from '../option-value.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { type Login, loginPath, neededFor } from './prepare-login.ts';

const body = 'Action=GetCallerIdentity&Version=2011-06-15';

/**
 * With a request to AWS STS that we sign and Vault sends: the answer tells Vault who signed it (Kong 3.14). The
 * credentials are the options' or those of Kong's chain. Throws SettingError, AccessRefusedError, UnavailableError.
 */
export async function prepareLogin(options: VaultOptionValues, world: BackendWorld): Promise<Login> {
  const region = neededFor('aws_iam', options, 'aws_auth_region');
  const url = new URL(textOf(options, 'aws_sts_endpoint_url') ?? regionalSts(region));
  const identity = await findIdentity(options, region, world);
  const headers = await signedHeaders(url, region, identity);
  const role = textOf(options, 'aws_auth_role');
  return {
    path: loginPath(options, 'aws_login_path'),
    body: {
      ...(role === undefined ? {} : { role }),
      iam_http_request_method: 'POST',
      iam_request_url: base64(url.href),
      iam_request_body: base64(body),
      iam_request_headers: base64(JSON.stringify(headers)),
    },
    secrets: [identity.secretAccessKey, identity.sessionToken ?? '', identity.accessKeyId],
    hint: `check the role in Vault: its bound IAM principal must be this one; and that auth/aws is set up for STS in ${region} (sts_endpoint, sts_region), without an iam_server_id_header_value, which Kong cannot send`,
  };
}

/** AWS credentials as the aws vault finds them; those of the options come first, as the variables would. */
async function findIdentity(
  options: VaultOptionValues,
  region: string,
  world: BackendWorld,
): Promise<AwsCredentialIdentity> {
  const login = await logInToAws(sessionOptions(options, region), {
    ...world,
    environment: ownKeys(options, world),
  });
  try {
    return await login.credentials();
  } finally {
    await login.http.close();
  }
}

function sessionOptions(options: VaultOptionValues, region: string): VaultOptionValues {
  const arn = textOf(options, 'aws_assume_role_arn');
  const endpoint = textOf(options, 'aws_sts_endpoint_url');
  return {
    region,
    role_session_name: textOf(options, 'aws_role_session_name') ?? 'kong',
    ...(arn === undefined ? {} : { assume_role_arn: arn }),
    ...(endpoint === undefined ? {} : { sts_endpoint_url: endpoint }),
  };
}

function ownKeys(options: VaultOptionValues, { environment }: BackendWorld): BackendWorld['environment'] {
  const id = textOf(options, 'aws_access_key_id');
  const secret = textOf(options, 'aws_secret_access_key');
  if (id === undefined && secret === undefined) return environment;
  if (id === undefined || secret === undefined) {
    throw new SettingError('aws_access_key_id and aws_secret_access_key are a pair, and one of them is not set', {
      hint: 'set both KONG_VAULT_HCV_AWS_ACCESS_KEY_ID and KONG_VAULT_HCV_AWS_SECRET_ACCESS_KEY, or neither',
    });
  }
  const { AWS_SESSION_TOKEN: _other, ...rest } = environment;
  return { ...rest, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret };
}

/** The headers that Vault has to send with the request, so that its signature holds. */
async function signedHeaders(
  url: URL,
  region: string,
  credentials: AwsCredentialIdentity,
): Promise<Readonly<Record<string, string>>> {
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256, applyChecksum: false });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body,
  });
  return headers;
}

function regionalSts(region: string): string {
  return `https://sts.${region}.${domainOf(region)}/`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
