import { AccessRefusedError, type EntrypointError, SettingError, UnavailableError } from '../../errors.ts';
import type { Answer } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';

/** Who logs in at which Entra ID, and by what. */
export type EntraLogin = {
  readonly by: 'client secret' | 'workload identity';
  readonly clientId: string;
  readonly tenantId: string;
  readonly host: string;
};

/** The error for an answer of Entra ID that is no token. Of its description, which may quote, the code alone is told. */
export function explainLoginRefusal(answer: Answer | undefined, login: EntraLogin): EntrypointError {
  const status = answer?.status ?? 0;
  const body = parseJson(answer?.text ?? '');
  const code = codeIn(body);
  if (status === 429 || busy.has(code)) {
    return new UnavailableError('Microsoft Entra ID limits the rate of logins', {
      hint: 'start fewer containers at once, or try again later',
    });
  }
  if (status >= 500) {
    return new UnavailableError(`Microsoft Entra ID at ${login.host} failed (status ${status})`, {
      hint: 'try again later; see status.azure.com',
    });
  }
  if (status < 400 || typeof fieldOf(body, 'error') !== 'string') {
    return new SettingError(
      `what answers as Microsoft Entra ID at ${login.host} is something else (status ${status})`,
      {
        hint: 'check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network',
      },
    );
  }
  return byCode[code]?.(login) ?? unknownRefusal(login, code);
}

function codeIn(body: unknown): string {
  const description = fieldOf(body, 'error_description');
  return (typeof description === 'string' && /^AADSTS\d{4,9}/.exec(description)?.[0]) || '';
}

/** Too many requests, and passing failures. */
const busy: ReadonlySet<string> = new Set(['AADSTS90055', 'AADSTS50196', 'AADSTS90033', 'AADSTS90024']);

const noTenant = ({ tenantId }: EntraLogin): EntrypointError =>
  new SettingError(`there is no tenant ${tenantId}`, {
    hint: 'check KONG_VAULT_AZURE_TENANT_ID or AZURE_TENANT_ID; a tenant of another cloud needs its AZURE_AUTHORITY_HOST',
  });

const noApplication = ({ clientId, tenantId }: EntraLogin): EntrypointError =>
  refusal(
    `there is no application ${clientId} in tenant ${tenantId}`,
    'check the client ID and the tenant ID, KONG_VAULT_AZURE_CLIENT_ID and KONG_VAULT_AZURE_TENANT_ID: the application may be registered in another tenant',
  );

const noFederation = ({ clientId }: EntraLogin): EntrypointError =>
  refusal(
    `application ${clientId} has no federated credential that fits the token of this pod`,
    'compare issuer, subject (system:serviceaccount:NAMESPACE:NAME) and audience (api://AzureADTokenExchange) of its federated credentials with the service account of the pod',
  );

const disabled = ({ clientId }: EntraLogin): EntrypointError =>
  refusal(`application ${clientId} is disabled`, 'enable the application, or use another');

const byCode: Readonly<Record<string, (login: EntraLogin) => EntrypointError>> = {
  AADSTS7000215: ({ clientId }) =>
    refusal(
      `Entra ID refused the client secret of application ${clientId}`,
      'set AZURE_CLIENT_SECRET to the value of a client secret, not to its ID, without a space or a line break around it',
    ),
  AADSTS7000222: ({ clientId }) =>
    refusal(
      `the client secret of application ${clientId} has expired`,
      `create another: az ad app credential reset --id ${clientId} --append, and set AZURE_CLIENT_SECRET`,
    ),
  AADSTS90002: noTenant,
  AADSTS900023: noTenant,
  AADSTS900021: noTenant,
  AADSTS700016: noApplication,
  AADSTS7000229: noApplication,
  AADSTS7000112: disabled,
  AADSTS7000113: disabled,
  AADSTS70021: noFederation,
  AADSTS700211: noFederation,
  AADSTS700212: noFederation,
  AADSTS700213: noFederation,
  AADSTS700024: ({ clientId }) =>
    refusal(
      `the token of this pod has expired, or is not valid yet, for application ${clientId}`,
      'check that the token in AZURE_FEDERATED_TOKEN_FILE is renewed, and the clock of this machine',
    ),
  AADSTS700027: ({ clientId }) =>
    refusal(
      `Entra ID refused the signature of the token of this pod for application ${clientId}`,
      'check that the issuer of its federated credential is that of this cluster (az aks show --query oidcIssuerProfile.issuerUrl)',
    ),
  AADSTS53003: ({ clientId }) =>
    refusal(
      `a Conditional Access policy forbids the login of application ${clientId}`,
      'exclude it, or log in from a place that the policy allows',
    ),
  AADSTS500011: ({ tenantId }) =>
    refusal(
      `tenant ${tenantId} does not know Key Vault as a resource`,
      'check that the vault is in the cloud that AZURE_AUTHORITY_HOST names, and the tenant ID',
    ),
};

function unknownRefusal({ by, clientId, host }: EntraLogin, code: string): EntrypointError {
  const details = code === '' ? 'without a code' : code;
  return refusal(
    `Microsoft Entra ID at ${host} refused the login of application ${clientId} by ${by} (${details})`,
    code === ''
      ? 'check the client ID, the tenant ID and the secret'
      : `see https://login.microsoftonline.com/error?code=${code.slice(6)}`,
  );
}

function refusal(sentence: string, hint: string): EntrypointError {
  return new AccessRefusedError(sentence, { hint });
}
