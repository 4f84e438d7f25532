import { roleForm } from '../aws/role-form.ts';
import type { BackendWorld, Vault, VaultBackend, VaultOptionValues } from '../vault.ts';

const authMethods = /^(token|kubernetes|approle|cert|jwt|oauth2|gcp_iam|gcp_gce|azure|aws_ec2|aws_iam)$/;

const forms = {
  protocol: { pattern: /^https?$/, accepted: 'http or https' },
  host: {
    pattern: /^(?:[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*|\[[0-9A-Fa-f:.]+\])$/,
    accepted: 'a host name or an address alone, without http:// and without a port',
  },
  port: {
    pattern: /^(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/,
    accepted: 'a port, 1 to 65535',
  },
  kv: { pattern: /^v[12]$/, accepted: 'v1 or v2' },
  path: { pattern: /^[^\s?#]+$/, accepted: 'a path without spaces, ? and #' },
  header: { pattern: /^[\x20-\x7e]+$/, accepted: 'one line of plain letters, digits and signs' },
  authMethod: {
    pattern: authMethods,
    accepted:
      'one of token, kubernetes, approle, cert, jwt, aws_iam (gcp_iam, gcp_gce, azure and aws_ec2 are not supported yet)',
  },
  region: { pattern: /^[a-z]{2}(-[a-z]+)+-\d+$/, accepted: 'the name of a region, such as eu-central-1' },
} as const;

/**
 * The `hcv` backend: HashiCorp Vault and OpenBao, the KV engine. Enterprise; options since 2.8, most of the methods
 * of authentication since 3.1 to 3.14. Kong reads neither `VAULT_ADDR` nor `VAULT_TOKEN`.
 */
export const hcvBackend: VaultBackend = {
  options: [
    { name: 'protocol', type: 'string', default: 'http', form: forms.protocol },
    { name: 'host', type: 'string', default: '127.0.0.1', form: forms.host },
    { name: 'port', type: 'string', default: '8200', form: forms.port },
    { name: 'mount', type: 'string', default: 'secret', form: forms.path },
    { name: 'kv', type: 'string', default: 'v1', form: forms.kv },
    { name: 'namespace', type: 'string', form: forms.header },
    { name: 'ssl_verify', type: 'boolean' },
    { name: 'auth_method', type: 'string', default: 'token', form: forms.authMethod },
    { name: 'token', type: 'string', form: forms.header },
    { name: 'kube_role', type: 'string' },
    { name: 'kube_auth_path', type: 'string', default: 'kubernetes', form: forms.path },
    {
      name: 'kube_api_token_file',
      type: 'string',
      default: '/run/secrets/kubernetes.io/serviceaccount/token',
    },
    { name: 'approle_auth_path', type: 'string', default: 'approle', form: forms.path },
    { name: 'approle_role_id', type: 'string' },
    { name: 'approle_secret_id', type: 'string' },
    { name: 'approle_secret_id_file', type: 'string' },
    { name: 'approle_response_wrapping', type: 'boolean' },
    { name: 'cert_auth_role_name', type: 'string' },
    { name: 'cert_auth_cert', type: 'string' },
    { name: 'cert_auth_cert_key', type: 'string' },
    { name: 'jwt_role', type: 'string' },
    { name: 'oauth2_role_name', type: 'string' },
    { name: 'oauth2_token_endpoint', type: 'url' },
    { name: 'oauth2_client_id', type: 'string' },
    { name: 'oauth2_client_secret', type: 'string' },
    { name: 'oauth2_audiences', type: 'string' },
    { name: 'aws_auth_role', type: 'string' },
    { name: 'aws_login_path', type: 'string', default: '/v1/auth/aws/login', form: forms.path },
    { name: 'aws_auth_region', type: 'string', form: forms.region },
    { name: 'aws_auth_nonce', type: 'string' },
    { name: 'aws_access_key_id', type: 'string' },
    { name: 'aws_secret_access_key', type: 'string' },
    { name: 'aws_sts_endpoint_url', type: 'url' },
    { name: 'aws_assume_role_arn', type: 'string', form: roleForm },
    { name: 'aws_role_session_name', type: 'string' },
    { name: 'gcp_auth_role', type: 'string' },
    { name: 'gcp_login_path', type: 'string', form: forms.path },
    { name: 'gcp_service_account', type: 'string' },
    { name: 'gcp_jwt_exp', type: 'number' },
    { name: 'azure_auth_role', type: 'string' },
    { name: 'azure_login_path', type: 'string', form: forms.path },
  ],
  async open(options: VaultOptionValues, world: BackendWorld): Promise<Vault> {
    const { openHashicorpVault } = await import('./hashicorp-vault.ts');
    return openHashicorpVault(options, world);
  },
  async forecast(options) {
    const { forecastHcv } = await import('./forecast.ts');
    return forecastHcv(options);
  },
};
