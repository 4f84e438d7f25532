import { isIP } from 'node:net';
import type { VaultForecast, VaultOptionValues } from '../vault.ts';
import { textOf } from './options.ts';

/** What the hcv vault would do with these options. Nothing of it is secret. */
export function forecastHcv(options: VaultOptionValues): VaultForecast {
  const host = textOf(options, 'host') ?? '';
  const method = textOf(options, 'auth_method') ?? 'token';
  const role = textOf(options, 'aws_assume_role_arn');
  const name = isIP(host) === 6 ? `[${host}]` : host;
  return {
    endpoint: `${textOf(options, 'protocol')}://${name}:${textOf(options, 'port')}`,
    authentication: method === 'token' ? 'the token that is set' : `a login by ${method}`,
    ...(method === 'aws_iam' && role !== undefined && { role }),
  };
}
