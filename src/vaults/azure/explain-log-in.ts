import type { EntrypointError } from '../../errors.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';
import type { Answer, Peer } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import { busyService, otherService } from '../service-faults.ts';
import type { Cloud } from './cloud.ts';
import type { Identity } from './identity.ts';

export const entraId: Peer = {
  name: 'Microsoft Entra ID',
  address: 'check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network',
  trust: 'put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names',
};

const notEntraId = [...busyService, ...otherService] as const satisfies FaultTable;

/** By the codes at https://learn.microsoft.com/entra/identity-platform/reference-error-codes. */
const refusedLogin = [
  ...busyService,
  {
    when: { code: /^AADSTS(90055|50196|90033|90024)$/ },
    kind: 'unavailable',
    says: '{place} limits the rate of requests',
    hint: 'start fewer containers at once, or try again later',
  },
  {
    when: { code: 'AADSTS7000215' },
    kind: 'refused',
    says: 'Entra ID refused the client secret of application {client}',
    hint: 'set {secretVariable} to the value of a client secret, not to its ID, without a space or a line break around it',
  },
  {
    when: { code: 'AADSTS7000222' },
    kind: 'refused',
    says: 'the client secret of application {client} has expired',
    hint: 'create another: az ad app credential reset --id {client} --append, and set {secretVariable}',
  },
  {
    when: { code: /^AADSTS(90002|900021|900023)$/ },
    kind: 'setting',
    says: 'there is no tenant {tenant}',
    hint: 'check {tenantVariable} or AZURE_TENANT_ID; a tenant of another cloud needs its AZURE_AUTHORITY_HOST',
  },
  {
    when: { code: /^AADSTS(700016|7000229)$/ },
    kind: 'refused',
    says: 'there is no application {client} in tenant {tenant}',
    hint: 'check the client ID and the tenant ID, {clientVariable} and {tenantVariable}: the application may be registered in another tenant',
  },
  {
    when: { code: /^AADSTS(7000112|7000113)$/ },
    kind: 'refused',
    says: 'application {client} is disabled',
    hint: 'enable the application, or use another',
  },
  {
    when: { code: /^AADSTS(70021|700211|700212|700213)$/ },
    kind: 'refused',
    says: 'application {client} has no federated credential that fits the token of this pod',
    hint: 'compare issuer, subject (system:serviceaccount:NAMESPACE:NAME) and audience (api://AzureADTokenExchange) of its federated credentials with the service account of the pod',
  },
  {
    when: { code: 'AADSTS700024' },
    kind: 'refused',
    says: 'the token of this pod has expired, or is not valid yet, for application {client}',
    hint: 'check that the token in AZURE_FEDERATED_TOKEN_FILE is renewed, and the clock of this machine',
  },
  {
    when: { code: 'AADSTS700027' },
    kind: 'refused',
    says: 'Entra ID refused the signature of the token of this pod for application {client}',
    hint: 'check that the issuer of its federated credential is that of this cluster (az aks show --query oidcIssuerProfile.issuerUrl)',
  },
  {
    when: { code: 'AADSTS53003' },
    kind: 'refused',
    says: 'a Conditional Access policy forbids the login of application {client}',
    hint: 'exclude it, or log in from a place that the policy allows',
  },
  {
    when: { code: 'AADSTS500011' },
    kind: 'refused',
    says: 'tenant {tenant} does not know {service} as a resource',
    hint: 'check that it is in the cloud that AZURE_AUTHORITY_HOST names, and the tenant ID',
  },
  {
    when: { code: /^AADSTS\d/ },
    kind: 'refused',
    says: '{place} refused the login of application {client} by {by} ({code})',
    hint: 'see https://login.microsoftonline.com/error[?code={number}]',
    quotes: { number: /^AADSTS(\d{4,9})/ },
  },
  {
    kind: 'refused',
    says: '{place} refused the login of application {client} by {by} (without a code)',
    hint: 'check the client ID, the tenant ID and the secret',
  },
] as const satisfies FaultTable;

/** Which application logged in at which Entra ID, and by what. */
export type EntraLogin = {
  readonly by: 'client secret' | 'workload identity';
  readonly client: string;
  readonly tenant: string;
  readonly host: string;
  readonly service: Cloud['service'];
  readonly variables: Identity['variables'];
};

/** The error for an answer of Entra ID that is not a token. Its description may quote what was sent, so only the code of it is repeated. */
export function explainLogIn({ status, text }: Answer, login: EntraLogin): EntrypointError {
  const { host, by, client, tenant, service, variables } = login;
  const body = parseJson(text);
  const place = `Microsoft Entra ID at ${host}`;
  const health = 'status.azure.com';
  if (status < 400 || typeof fieldOf(body, 'error') !== 'string') {
    return explainBy(notEntraId, { status }, { place, health, check: entraId.address });
  }
  const message = String(fieldOf(body, 'error_description') ?? '');
  const code = /^AADSTS\d{4,9}/.exec(message)?.[0] ?? '';
  return explainBy(
    refusedLogin,
    { status, code, message },
    {
      ...{ place, health, by, client, tenant, service },
      clientVariable: variables.clientIdVariable,
      tenantVariable: variables.tenantIdVariable,
      secretVariable: variables.clientSecretVariable,
    },
  );
}
