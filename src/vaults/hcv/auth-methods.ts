import { roleForm } from '../aws/names.ts';
import type { VaultOption } from '../vault.ts';
import type { PrepareLogin } from './prepare-login.ts';

/** One way to log in to Vault: a value of `auth_method`. */
export type LoginMethod = {
  /** Its options, except those that another method has too. */
  readonly options: readonly VaultOption[];
  /** The file that prepares the login, loaded when it is needed. */
  load(): Promise<{ readonly prepareLogin: PrepareLogin }>;
  /** The option that names a role of AWS to assume first. */
  readonly assumes?: string;
  /** What of this access expires while Kong still runs, in a sentence. */
  readonly runsOut?: string;
};

/** What follows a host in a URL. */
export const pathForm = { pattern: /^[^\s?#]+$/, accepted: 'a path without spaces, ? and #' } as const;

const regionForm = {
  pattern: /^[a-z]{2}(-[a-z]+)+-\d+$/,
  accepted: 'the name of a region, such as eu-central-1',
} as const;

const emailForm = {
  pattern: /^[\w.+-]{1,100}@[\w.-]{1,100}$/,
  accepted: 'the e-mail of a service account, such as kong@my-project.iam.gserviceaccount.com',
} as const;

/** Every method but `token`, which needs no login. A further method is one file, `login-<method>.ts`, and one row here. */
export const authMethods: Readonly<Record<string, LoginMethod>> = {
  kubernetes: {
    options: [
      { name: 'kube_role', type: 'string' },
      { name: 'kube_auth_path', type: 'string', default: 'kubernetes', form: pathForm },
      { name: 'kube_api_token_file', type: 'string', default: '/run/secrets/kubernetes.io/serviceaccount/token' },
    ],
    load: () => import('./login-kubernetes.ts'),
  },
  approle: {
    options: [
      { name: 'approle_auth_path', type: 'string', default: 'approle', form: pathForm },
      { name: 'approle_role_id', type: 'string' },
      { name: 'approle_secret_id', type: 'string' },
      { name: 'approle_secret_id_file', type: 'string' },
      { name: 'approle_response_wrapping', type: 'boolean' },
    ],
    load: () => import('./login-approle.ts'),
    runsOut:
      'the secret id of auth_method approle is used at every start, and by Kong itself afterwards: one that is good for few logins (secret_id_num_uses), or for a time (secret_id_ttl), runs out',
  },
  cert: {
    options: [
      { name: 'cert_auth_role_name', type: 'string' },
      { name: 'cert_auth_cert', type: 'string' },
      { name: 'cert_auth_cert_key', type: 'string' },
    ],
    load: () => import('./login-cert.ts'),
  },
  jwt: {
    options: [
      { name: 'jwt_role', type: 'string' },
      { name: 'oauth2_role_name', type: 'string' },
      { name: 'oauth2_token_endpoint', type: 'url' },
      { name: 'oauth2_client_id', type: 'string' },
      { name: 'oauth2_client_secret', type: 'string' },
      { name: 'oauth2_audiences', type: 'string' },
    ],
    load: () => import('./login-jwt.ts'),
  },
  aws_iam: {
    options: [
      { name: 'aws_auth_role', type: 'string' },
      { name: 'aws_login_path', type: 'string', default: '/v1/auth/aws/login', form: pathForm },
      { name: 'aws_auth_region', type: 'string', form: regionForm },
      { name: 'aws_access_key_id', type: 'string' },
      { name: 'aws_secret_access_key', type: 'string' },
      { name: 'aws_sts_endpoint_url', type: 'url' },
      { name: 'aws_assume_role_arn', type: 'string', form: roleForm },
      { name: 'aws_role_session_name', type: 'string' },
    ],
    load: () => import('./login-aws-iam.ts'),
    assumes: 'aws_assume_role_arn',
  },
  aws_ec2: { options: [{ name: 'aws_auth_nonce', type: 'string' }], load: () => import('./login-aws-ec2.ts') },
  gcp_iam: {
    options: [
      { name: 'gcp_auth_role', type: 'string' },
      { name: 'gcp_login_path', type: 'string', default: '/v1/auth/gcp/login', form: pathForm },
      { name: 'gcp_service_account', type: 'string', form: emailForm },
      { name: 'gcp_jwt_exp', type: 'number' },
    ],
    load: () => import('./login-gcp-iam.ts'),
  },
  // Its options are those of gcp_iam.
  gcp_gce: { options: [], load: () => import('./login-gcp-gce.ts') },
  azure: {
    options: [
      { name: 'azure_auth_role', type: 'string' },
      { name: 'azure_login_path', type: 'string', default: '/v1/auth/azure/login', form: pathForm },
    ],
    load: () => import('./login-azure.ts'),
  },
};
