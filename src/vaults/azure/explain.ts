import type { EntrypointError } from '../../errors.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';
import type { Answer, Peer } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import { busyService, otherService } from '../service-faults.ts';

export const keyVault: Peer = {
  name: 'Azure Key Vault',
  address: "check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net",
  trust: 'put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names',
};

const notKeyVault = [...busyService, ...otherService] as const satisfies FaultTable;

/** A disabled secret, or one outside its dates. Some vaults say so in words only. */
const disabledSecret = {
  kind: 'not found',
  says: 'secret "{secret}" in Key Vault {host} is disabled',
  hint: 'enable it: az keyvault secret set-attributes --vault-name {vault} --name {secret} --enabled true',
} as const;
const secretOutOfTime = {
  kind: 'not found',
  says: 'secret "{secret}" in Key Vault {host} is not valid at this time',
  hint: 'look at its activation and expiration dates, or store a new version',
} as const;

/** By `error.code` and, after a slash where there is one, `error.innererror.code`. */
const refusedSecret = [
  ...busyService,
  {
    when: { status: 401, message: /^AKV10032\b/ },
    kind: 'refused',
    says: 'Key Vault {host} belongs to another tenant than the access token (credentials from: {link})',
    hint: 'set KONG_VAULT_AZURE_TENANT_ID to the tenant of the vault[, {tenant}]',
  },
  {
    when: { status: 401 },
    kind: 'refused',
    says: 'Key Vault {host} refused the access token[ ({akv})] (credentials from: {link})',
    hint: 'check KONG_VAULT_AZURE_VAULT_URI, AZURE_AUTHORITY_HOST and the clock of this machine',
    quotes: { akv: /^(AKV\d{3,6})\b/ },
  },
  {
    when: { status: 403, code: /\bForbiddenByRbac$/ },
    kind: 'refused',
    says: '{caller} may not read secret "{secret}" in Key Vault {host} (Microsoft.KeyVault/vaults/secrets/getSecret/action)',
    hint: 'give it the role Key Vault Secrets User: az role assignment create --role "Key Vault Secrets User" --assignee {object} --scope ID_OF_THE_VAULT; an assignment takes a few minutes to take effect',
  },
  {
    when: { status: 403, code: /\bForbiddenByFirewall$/ },
    kind: 'refused',
    says: 'the firewall of Key Vault {host} does not let this address in[ ({address})]',
    hint: 'allow the network (az keyvault network-rule add --name {vault} --ip-address ... or --subnet ...), or reach the vault by a private endpoint',
    quotes: { address: /Client address: ([\d.]{7,15}|[\da-f:]{3,39})(?=\s|$)/i },
  },
  {
    when: { status: 403, code: /\bForbiddenByConnection$/ },
    kind: 'refused',
    says: 'Key Vault {host} accepts no connections from public networks',
    hint: 'reach it by its private endpoint, whose address the name {host} has to resolve to here, or allow public access',
  },
  { when: { status: 403, code: /\bSecretDisabled$/ }, ...disabledSecret },
  { when: { status: 403, code: /\bSecret(NotYetValid|Expired)$/ }, ...secretOutOfTime },
  { when: { status: 403, message: /disabled secret/i }, ...disabledSecret },
  { when: { status: 403, message: /not yet valid|expired secret/i }, ...secretOutOfTime },
  {
    when: { status: 403 },
    kind: 'refused',
    says: '{caller} may not read secret "{secret}" in Key Vault {host} (secrets/get)',
    hint: 'add an access policy: az keyvault set-policy --name {vault} --object-id {object} --secret-permissions get; or, where the vault uses roles, the role Key Vault Secrets User',
  },
  {
    when: { code: 'SecretNotFound' },
    kind: 'not found',
    says: 'secret "{secret}" not found in Key Vault {host}',
    hint: "check the name (az keyvault secret list --vault-name {vault}); one that was deleted may be recovered (az keyvault secret recover); the last part of a reference's path is the key, not the name",
  },
  {
    kind: 'setting',
    says: 'Key Vault {host} could not serve secret "{secret}" (status {status}, {code})',
    hint: 'check the reference and the options of the azure vault; try az keyvault secret show --vault-name {vault} --name {secret}',
  },
] as const satisfies FaultTable;

/** What was asked for, where, and the link of the chain whose token was sent. */
export type SecretQuestion = { readonly secret: string; readonly host: string; readonly link: string };

/** The error for an answer of Key Vault that is not a secret. */
export function explainFetch(answer: Answer, { secret, host, link }: SecretQuestion): EntrypointError {
  const { status, text, headers } = answer;
  const error = fieldOf(parseJson(text), 'error');
  const [outer, inner] = [word(fieldOf(error, 'code')), word(fieldOf(fieldOf(error, 'innererror'), 'code'))];
  const message = fieldOf(error, 'message');
  const place = `Azure Key Vault at ${host}`;
  const health = 'status.azure.com';
  if (outer === '' || typeof message !== 'string') {
    const check = 'check KONG_VAULT_AZURE_VAULT_URI and HTTPS_PROXY';
    return explainBy(notKeyVault, { status }, { place, health, check });
  }
  // The challenge of a 401 names the vault's tenant.
  const challenge = headers['www-authenticate'] ?? '';
  const tenant = /authorization="https:\/\/[\w.-]+\/([0-9a-f-]{36})"/i.exec(challenge)?.[1];
  return explainBy(
    refusedSecret,
    { status, code: inner === '' ? outer : `${outer}/${inner}`, message },
    {
      ...{ place, health, secret, host, link },
      vault: host.split('.')[0] ?? host,
      tenant,
      ...callerIn(message, link),
    },
  );
}

function word(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z]{1,60}$/.test(value) ? value : '';
}

/** A Key Vault says who asked, `appid=...;oid=...`; a grant is given to the object. */
function callerIn(message: string, link: string): { readonly caller: string; readonly object: string } {
  const application = /\bappid=([0-9a-f-]{36})\b/i.exec(message)?.[1];
  const object = /\boid=([0-9a-f-]{36})\b/i.exec(message)?.[1];
  const named = application ?? object;
  return {
    caller: named === undefined ? `the identity of the ${link}` : `application ${named} (${link})`,
    object: object ?? 'OBJECT_ID',
  };
}
