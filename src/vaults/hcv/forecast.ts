import { textOf } from '../text-of.ts';
import type { VaultForecast, VaultOptionValues } from '../vault.ts';
import { addressOf } from './address.ts';

const FEW_LOGINS =
  'the secret id of auth_method approle is used at every start, and by Kong itself afterwards: one that is good for few logins (secret_id_num_uses), or for a time (secret_id_ttl), runs out';

/** What the hcv vault would do with these options; nothing of it is secret. Throws SettingError for the address. */
export function forecastHcv(options: VaultOptionValues): VaultForecast {
  const method = textOf(options, 'auth_method') ?? 'token';
  const role = textOf(options, 'aws_assume_role_arn');
  return {
    endpoint: addressOf(options).origin,
    authentication: method === 'token' ? 'the token that is set' : `a login by ${method}`,
    ...(method === 'aws_iam' && role !== undefined && { role }),
    ...(method === 'approle' && { runsOut: FEW_LOGINS }),
  };
}
