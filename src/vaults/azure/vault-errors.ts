import {
  AccessRefusedError,
  type EntrypointError,
  SecretNotFoundError,
  SettingError,
  UnavailableError,
} from '../../errors.ts';
import type { Answer } from '../http/http.ts';
import type { AzureToken } from './access-token.ts';
import { explainForbidden } from './forbidden-errors.ts';
import { readVaultError, type VaultError } from './vault-answer.ts';

/** What was asked for, where, and with whose token. */
export type VaultCall = { readonly secretId: string; readonly host: string; readonly credentials: AzureToken };

/** The error for an answer of Key Vault that is no secret. */
export function explainRefusal(answer: Answer, call: VaultCall): EntrypointError {
  const error = readVaultError(answer);
  if (answer.status === 429) {
    return new UnavailableError(`Key Vault ${call.host} limits the rate of requests`, {
      hint: 'start fewer containers at once, or try again later',
    });
  }
  if (answer.status >= 500) {
    return new UnavailableError(`Key Vault ${call.host} failed (status ${answer.status})`, {
      hint: 'try again later; see status.azure.com',
    });
  }
  if (error === undefined) return somethingElse(answer, call);
  if (answer.status === 401) return unauthorized(answer, error, call);
  if (answer.status === 403) return explainForbidden(error, call);
  return error.code === 'SecretNotFound' ? notFound(call) : unknownError(answer, error, call);
}

/** A captive portal, a proxy's own page, a redirect, a host that is no Key Vault. */
export function somethingElse({ status }: Answer, { host }: VaultCall): EntrypointError {
  return new SettingError(`what answers as Azure Key Vault at ${host} is something else (status ${status})`, {
    hint: 'check KONG_VAULT_AZURE_VAULT_URI and HTTPS_PROXY',
  });
}

function notFound({ secretId, host }: VaultCall): EntrypointError {
  return new SecretNotFoundError(`secret "${secretId}" not found in Key Vault ${host}`, {
    hint: `check the name (az keyvault secret list --vault-name ${nameOf(host)}); one that was deleted may be recovered (az keyvault secret recover); the last part of a reference's path is the key, not the name`,
  });
}

/** The vault names its tenant in the challenge of a 401. */
function unauthorized({ headers }: Answer, { message }: VaultError, { host, credentials }: VaultCall): EntrypointError {
  const tenant = /authorization="https:\/\/[\w.-]+\/([0-9a-f-]{36})"/i.exec(headers['www-authenticate'] ?? '')?.[1];
  if (/^AKV10032\b/.test(message)) {
    return new AccessRefusedError(
      `Key Vault ${host} belongs to another tenant than the access token (credentials from: ${credentials.link})`,
      { hint: `set KONG_VAULT_AZURE_TENANT_ID to the tenant of the vault${tenant === undefined ? '' : `, ${tenant}`}` },
    );
  }
  const code = /^AKV\d{3,6}\b/.exec(message)?.[0];
  return new AccessRefusedError(
    `Key Vault ${host} refused the access token${code === undefined ? '' : ` (${code})`} (credentials from: ${credentials.link})`,
    { hint: 'check KONG_VAULT_AZURE_VAULT_URI, AZURE_AUTHORITY_HOST and the clock of this machine' },
  );
}

function unknownError(
  { status }: Answer,
  { code, reason }: VaultError,
  { secretId, host }: VaultCall,
): EntrypointError {
  const details = [`status ${status}`, code, reason].filter((word) => word !== '').join(', ');
  return new SettingError(`Key Vault ${host} could not serve secret "${secretId}" (${details})`, {
    hint: `check the reference and the options of the azure vault; try az keyvault secret show --vault-name ${nameOf(host)} --name ${secretId}`,
  });
}

/** The vault's name, the first label of its host. */
export function nameOf(host: string): string {
  return host.split('.')[0] ?? host;
}
