import { type Reply, refusal } from './entra.ts';
import { error, unauthorized } from './key-vault.ts';

export const CALLER = '99999999-8888-7777-6666-555555555555';
export const OBJECT = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';
const caller = `appid=${CALLER};oid=${OBJECT};iss=https://sts.windows.net/11111111-2222-3333-4444-555555555555/`;

/** Errors of Key Vault and of Entra ID, in their words. */
export const azureRefusals = {
  rbac: error(
    403,
    'Forbidden',
    `Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: ${caller}\r\nAction: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\nResource: '/subscriptions/0/resourcegroups/kong/providers/microsoft.keyvault/vaults/kong-vault/secrets/kong-db'`,
    'ForbiddenByRbac',
  ),
  policy: error(
    403,
    'Forbidden',
    `The user, group or application '${caller}' does not have secrets get permission on key vault 'kong-vault;location=westeurope'.`,
    'AccessDenied',
  ),
  nobody: error(403, 'Forbidden', 'Access denied.'),
  firewall: error(
    403,
    'Forbidden',
    `Client address is not authorized and caller is not a trusted service.\r\nClient address: 203.0.113.7\r\nCaller: ${caller}\r\nVault: kong-vault;location=westeurope`,
    'ForbiddenByFirewall',
  ),
  connection: error(
    403,
    'Forbidden',
    'Public network access is disabled and request is not from a trusted service nor via an approved private link.',
    'ForbiddenByConnection',
  ),
  notYetValid: error(
    403,
    'Forbidden',
    'Operation get is not allowed on a secret that is not yet valid.',
    'SecretNotYetValid',
  ),
  wrongTenant: unauthorized(
    'AKV10032: Invalid issuer. Expected one of https://sts.windows.net/11111111-2222-3333-4444-555555555555/, found https://sts.windows.net/0/.',
  ),
  badAudience: unauthorized('AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://hunter2.'),
  throttle: error(429, 'Throttled', 'Request was not processed because too many requests were received.'),
  internal: error(500, 'InternalError', 'An internal error occurred.'),
  unavailable: error(503, 'ServiceUnavailable', 'The service is unavailable.'),
  strange: error(409, 'BrandNew', 'Something that no client knows yet.', 'Newer'),
  secretExpired: refusal('invalid_client', 7000222, "The provided client secret keys for app 'hunter2' are expired."),
  tenantMalformed: refusal('invalid_request', 900023, "Specified tenant identifier 'x' is neither a valid DNS name."),
  noPrincipal: refusal('invalid_client', 7000229, 'The client application is missing service principal in the tenant.'),
  appDisabled: refusal('unauthorized_client', 7000112, 'Application is disabled.'),
  assertionExpired: refusal('invalid_client', 700024, 'Client assertion is not within its valid time range.'),
  assertionSignature: refusal('invalid_client', 700027, 'Client assertion failed signature validation.'),
  conditionalAccess: refusal('access_denied', 53003, 'Access has been blocked by Conditional Access policies.'),
  noResource: refusal('invalid_resource', 500011, 'The resource principal was not found in the tenant.'),
  loginBusy: refusal('temporarily_unavailable', 90033, 'A transient error has occurred.'),
  loginStrange: refusal('invalid_request', 999999, "Something about 'hunter2' that no client knows yet."),
} as const satisfies Readonly<Record<string, Reply>>;

export type AzureRefusalName = keyof typeof azureRefusals;
