import { AccessRefusedError, SettingError } from '../../errors.ts';
import { type Finding, findCredentials, type Link } from '../credential-chain.ts';
import type { Http } from '../http/http.ts';
import type { VaultWorld } from '../vault.ts';
import { askMetadataServer } from './log-in-metadata-server.ts';
import { type AccountToken, readServiceAccount } from './service-account.ts';

/** A token, and the link of the chain that gave it. */
export type GoogleToken = AccountToken & { readonly link: string };

/**
 * The first token in Kong's order (lua-resty-gcp): the metadata server, then `GCP_SERVICE_ACCOUNT`; the other way round with
 * `GCP_AUTH_METHOD_ORDER=adc`. A metadata server that is absent is passed over. A key that is unusable or refused ends the chain, because
 * the other identity would be a guess. Throws AccessRefusedError, SettingError, UnavailableError.
 */
export async function logIn(http: Http, world: VaultWorld): Promise<GoogleToken> {
  const found = await findCredentials(chain(http, world));
  if ('value' in found) return found;
  throw new AccessRefusedError(`no Google credentials (${found.reasons})`, {
    hint: isSet('GOOGLE_APPLICATION_CREDENTIALS', world)
      ? 'GOOGLE_APPLICATION_CREDENTIALS is not read, as by Kong: put the text of that file into GCP_SERVICE_ACCOUNT, if it is the key of a service account'
      : 'attach a service account to the instance or the pod (Workload Identity on GKE), or set GCP_SERVICE_ACCOUNT to the JSON text of a key',
  });
}

function chain(http: Http, world: VaultWorld): readonly Link<AccountToken>[] {
  const isLast = !isSet('GCP_SERVICE_ACCOUNT', world);
  const metadata = { name: 'metadata server', find: () => askMetadataServer(http, world, { isLast }) };
  const key = { name: 'GCP_SERVICE_ACCOUNT', find: () => byServiceAccount(http, world) };
  const order = world.environment['GCP_AUTH_METHOD_ORDER']?.trim() ?? '';
  if (order === '' || order === 'legacy') return [metadata, key];
  if (order === 'adc') return [key, metadata];
  throw new SettingError('this is no order of credentials', {
    subject: 'GCP_AUTH_METHOD_ORDER',
    hint: 'give adc for GCP_SERVICE_ACCOUNT before the metadata server, or legacy for the opposite, as without it',
  });
}

/** Google's library is loaded only where there is a key to sign with. */
async function byServiceAccount(http: Http, world: VaultWorld): Promise<Finding<AccountToken>> {
  const text = world.environment['GCP_SERVICE_ACCOUNT']?.trim() ?? '';
  if (text === '') return { reason: 'not set' };
  const account = readServiceAccount(text);
  const { exchangeSignedToken } = await import('./log-in-service-account.ts');
  return { ...(await exchangeSignedToken(account, http)), principal: async () => account.email };
}

function isSet(variable: string, { environment }: VaultWorld): boolean {
  return (environment[variable]?.trim() ?? '') !== '';
}
