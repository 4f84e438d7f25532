import { AccessRefusedError, SettingError } from '../../errors.ts';
import { type Finding, findCredentials, type Link } from '../credential-chain.ts';
import type { Http } from '../http/http.ts';
import type { VaultWorld } from '../vault.ts';
import { askMetadataServer } from './log-in-metadata-server.ts';
import { type AccountToken, type KeyOrigin, readServiceAccount } from './service-account.ts';

/** A token, and the link of the chain that gave it. */
export type GoogleToken = AccountToken & { readonly link: string };

/** What a login at Google takes. */
export type GoogleLogin = {
  /** What the token may be used for. */
  readonly scope: 'platform' | 'database';
  readonly http: Http;
  readonly world: VaultWorld;
};

/**
 * The first token in Kong's order (lua-resty-gcp): the metadata server, then `GCP_SERVICE_ACCOUNT`; the other way round with
 * `GCP_AUTH_METHOD_ORDER=adc`. A metadata server that is absent is skipped. A key that is unusable or refused ends the chain, because
 * the other identity would be a guess. Throws AccessRefusedError, SettingError, UnavailableError.
 */
export async function logIn(login: GoogleLogin): Promise<GoogleToken> {
  const found = await findCredentials(chain(login));
  if ('value' in found) return found;
  throw new AccessRefusedError(`no Google credentials (${found.reasons})`, {
    hint: isSet('GOOGLE_APPLICATION_CREDENTIALS', login.world)
      ? 'GOOGLE_APPLICATION_CREDENTIALS is not read, as Kong does: put the text of that file into GCP_SERVICE_ACCOUNT, if it is the key of a service account'
      : 'attach a service account to the instance or the pod (Workload Identity on GKE), or set GCP_SERVICE_ACCOUNT to the JSON text of a key',
  });
}

function chain(login: GoogleLogin): readonly Link<AccountToken>[] {
  const { world } = login;
  const isLast = !isSet('GCP_SERVICE_ACCOUNT', world);
  const metadata = { name: 'metadata server', find: () => askMetadataServer(login, { isLast }) };
  const key = { name: 'GCP_SERVICE_ACCOUNT', find: () => byVariable(login) };
  const order = world.environment['GCP_AUTH_METHOD_ORDER']?.trim() ?? '';
  if (order === '' || order === 'legacy') return [metadata, key];
  if (order === 'adc') return [key, metadata];
  throw new SettingError('this is not an order of credentials', {
    subject: 'GCP_AUTH_METHOD_ORDER',
    hint: 'give adc to try GCP_SERVICE_ACCOUNT before the metadata server, or legacy (the default) for the reverse',
  });
}

async function byVariable(login: GoogleLogin): Promise<Finding<AccountToken>> {
  const text = login.world.environment['GCP_SERVICE_ACCOUNT']?.trim() ?? '';
  return text === '' ? { reason: 'not set' } : logInByKey(text, { variable: 'GCP_SERVICE_ACCOUNT' }, login);
}

/**
 * A token for the key of a service account, the JSON text that Google gives out. Google's library is loaded only here, where there is a
 * key to sign with. Throws as `logIn` does.
 */
export async function logInByKey(text: string, origin: KeyOrigin, login: GoogleLogin): Promise<AccountToken> {
  const account = readServiceAccount(text, origin);
  const { exchangeSignedToken } = await import('./log-in-service-account.ts');
  return { ...(await exchangeSignedToken(account, login)), principal: async () => account.email };
}

function isSet(variable: string, { environment }: VaultWorld): boolean {
  return (environment[variable]?.trim() ?? '') !== '';
}
