import { SettingError } from '../../errors.ts';
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

/** Who asks for a token; undefined where neither the option nor the variable says it. */
export type Identity = { readonly clientId: string | undefined; readonly tenantId: string | undefined };

/**
 * The options `client_id` and `tenant_id`; where those are unset, the variables `AZURE_CLIENT_ID` and `AZURE_TENANT_ID`. Throws
 * SettingError for a variable of another form.
 */
export function readIdentity(options: VaultOptionValues, environment: Environment): Identity {
  return {
    clientId: textOf(options, 'client_id') ?? readVariable('AZURE_CLIENT_ID', clientIdForm, environment),
    tenantId: textOf(options, 'tenant_id') ?? readVariable('AZURE_TENANT_ID', tenantIdForm, environment),
  };
}

function readVariable(variable: string, { pattern, accepted }: Form, environment: Environment): string | undefined {
  const text = environment[variable]?.trim() ?? '';
  if (text === '') return undefined;
  if (pattern.test(text)) return text;
  throw new SettingError('this is text of another form', { subject: variable, hint: `give ${accepted}` });
}
