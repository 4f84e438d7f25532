import { textOf } from '../text-of.ts';
import type { VaultForecast, VaultOptionValues } from '../vault.ts';
import { addressOf } from './address.ts';

/** What the hcv vault would do with these options; nothing of it is secret. Throws SettingError for the address. */
export function forecastHcv(options: VaultOptionValues): VaultForecast {
  const method = textOf(options, 'auth_method') ?? 'token';
  const role = textOf(options, 'aws_assume_role_arn');
  return {
    endpoint: addressOf(options).origin,
    authentication: method === 'token' ? 'the token that is set' : `a login by ${method}`,
    ...(method === 'aws_iam' && role !== undefined && { role }),
  };
}
