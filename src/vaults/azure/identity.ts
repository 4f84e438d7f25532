import { SettingError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import { textOf } from '../option-value.ts';
import type { VaultOptionValues, VaultWorld } from '../vault.ts';

type Form = { readonly pattern: RegExp; readonly accepted: string };
type Environment = VaultWorld['environment'];

export const clientIdForm: Form = {
  pattern: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  accepted: 'the client ID (application ID), such as 12345678-90ab-cdef-1234-567890abcdef',
};

export const tenantIdForm: Form = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/,
  accepted: 'the ID of a tenant, such as 12345678-90ab-cdef-1234-567890abcdef, or one of its domains',
};

/** Who asks for a token; what is set nowhere is undefined. */
export type Identity = {
  readonly clientId: string | undefined;
  readonly tenantId: string | undefined;
  readonly clientSecret: Secret | undefined;
  /** The variables that an error tells an operator to set. */
  readonly variables: {
    readonly clientIdVariable: string;
    readonly tenantIdVariable: string;
    readonly clientSecretVariable: string;
  };
};

/** The identity for the vault: its options, and where they are unset the variables that every client of Azure reads. */
export function readIdentity(options: VaultOptionValues, environment: Environment): Identity {
  const variables = {
    clientIdVariable: 'KONG_VAULT_AZURE_CLIENT_ID',
    tenantIdVariable: 'KONG_VAULT_AZURE_TENANT_ID',
    clientSecretVariable: 'AZURE_CLIENT_SECRET',
  };
  const given = { clientId: textOf(options, 'client_id'), tenantId: textOf(options, 'tenant_id') };
  return completeIdentity({ ...given, clientSecret: undefined, variables }, environment);
}

/**
 * The same identity, with `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and `AZURE_CLIENT_SECRET` in the place of what it lacks. Throws
 * SettingError for a variable of another form.
 */
export function completeIdentity(given: Identity, environment: Environment): Identity {
  const secret = environment['AZURE_CLIENT_SECRET'] ?? '';
  return {
    ...given,
    clientId: given.clientId ?? readVariable('AZURE_CLIENT_ID', clientIdForm, environment),
    tenantId: given.tenantId ?? readVariable('AZURE_TENANT_ID', tenantIdForm, environment),
    clientSecret: given.clientSecret ?? (secret === '' ? undefined : new Secret(secret)),
  };
}

function readVariable(variable: string, form: Form, environment: Environment): string | undefined {
  const text = environment[variable]?.trim() ?? '';
  return text === '' ? undefined : inForm(text, form, { subject: variable });
}

/** The text, which has this form. Throws SettingError for any other. */
export function inForm(
  text: string,
  { pattern, accepted }: Form,
  concerned: { readonly subject: string } | { readonly settingKey: string },
): string {
  if (pattern.test(text)) return text;
  throw new SettingError('this is malformed', { ...concerned, hint: `give ${accepted}` });
}
