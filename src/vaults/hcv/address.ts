import { isIP } from 'node:net';
import { SettingError } from '../../errors.ts';
import { textOf } from '../text-of.ts';
import type { VaultOptionValues } from '../vault.ts';
import { variableOf } from './options.ts';

/** Where Vault is, from `protocol`, `host` and `port`. Throws SettingError for a host that no URL can have. */
export function addressOf(options: VaultOptionValues): URL {
  const host = textOf(options, 'host') ?? '';
  const port = textOf(options, 'port') ?? '';
  const url = URL.parse(`${textOf(options, 'protocol')}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
  if (url !== null) return url;
  throw new SettingError('the option host of the hcv vault is neither the name of a host nor an address', {
    hint: `check ${variableOf('host')}`,
  });
}
