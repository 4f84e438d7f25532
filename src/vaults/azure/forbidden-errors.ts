import { AccessRefusedError, type EntrypointError, SecretNotFoundError } from '../../errors.ts';
import type { VaultError } from './vault-answer.ts';
import { nameOf, type VaultCall } from './vault-errors.ts';

/** The error for a 403: a role, an access policy, the firewall, or the secret itself. */
export function explainForbidden(error: VaultError, call: VaultCall): EntrypointError {
  const explain = byReason[error.reason];
  if (explain !== undefined) return explain(call, error);
  if (/disabled secret/i.test(error.message)) return disabled(call);
  if (/not yet valid|expired secret/i.test(error.message)) return notValid(call);
  return noPolicy(call, error);
}

type Explain = (call: VaultCall, error: VaultError) => EntrypointError;

const byReason: Readonly<Record<string, Explain>> = {
  ForbiddenByRbac: (call, error) => {
    const { who, object } = callerIn(error, call);
    return new AccessRefusedError(
      `${who} may not read secret "${call.secretId}" in Key Vault ${call.host} (Microsoft.KeyVault/vaults/secrets/getSecret/action)`,
      {
        hint: `give it the role Key Vault Secrets User: az role assignment create --role "Key Vault Secrets User" --assignee ${object} --scope ID_OF_THE_VAULT; an assignment takes some minutes to count`,
      },
    );
  },
  AccessDenied: noPolicy,
  ForbiddenByFirewall: ({ host }, { message }) => {
    const address = /Client address: ([\d.]{7,15}|[\da-f:]{3,39})(?=\s|$)/i.exec(message)?.[1];
    return new AccessRefusedError(
      `the firewall of Key Vault ${host} does not let this address in${address === undefined ? '' : ` (${address})`}`,
      {
        hint: `allow the network (az keyvault network-rule add --name ${nameOf(host)} --ip-address ... or --subnet ...), or reach the vault by a private endpoint`,
      },
    );
  },
  ForbiddenByConnection: ({ host }) =>
    new AccessRefusedError(`Key Vault ${host} takes no connection from a public network`, {
      hint: `reach it by its private endpoint, whose address the name ${host} has to resolve to here, or allow public access`,
    }),
  SecretDisabled: disabled,
  SecretNotYetValid: notValid,
  SecretExpired: notValid,
};

/** A vault with access policies, which grant each operation by its name. */
function noPolicy(call: VaultCall, error: VaultError): EntrypointError {
  const { who, object } = callerIn(error, call);
  return new AccessRefusedError(
    `${who} may not read secret "${call.secretId}" in Key Vault ${call.host} (secrets/get)`,
    {
      hint: `add an access policy: az keyvault set-policy --name ${nameOf(call.host)} --object-id ${object} --secret-permissions get; or, where the vault uses roles, the role Key Vault Secrets User`,
    },
  );
}

function disabled({ secretId, host }: VaultCall): EntrypointError {
  return new SecretNotFoundError(`secret "${secretId}" in Key Vault ${host} is disabled`, {
    hint: `enable it: az keyvault secret set-attributes --vault-name ${nameOf(host)} --name ${secretId} --enabled true`,
  });
}

function notValid({ secretId, host }: VaultCall): EntrypointError {
  return new SecretNotFoundError(`secret "${secretId}" in Key Vault ${host} is not valid at this time`, {
    hint: 'look at its activation and expiration dates, or store a new version',
  });
}

/** Key Vault tells who asked: `appid=...;oid=...`. The object is what a grant is given to. */
function callerIn(
  { message }: VaultError,
  { credentials }: VaultCall,
): { readonly who: string; readonly object: string } {
  const application = /\bappid=([0-9a-f-]{36})\b/i.exec(message)?.[1];
  const object = /\boid=([0-9a-f-]{36})\b/i.exec(message)?.[1];
  const named = application ?? object;
  return {
    who: named === undefined ? `the identity of the ${credentials.link}` : `application ${named} (${credentials.link})`,
    object: object ?? 'OBJECT_ID',
  };
}
