import { AccessRefusedError, SettingError } from '../../errors.ts';
import { type AccessToken, keepToken } from '../access-token.ts';
import type { Http } from '../http/http.ts';
import type { VaultWorld } from '../vault.ts';
import { askMetadataServer } from './metadata-server.ts';
import { readServiceAccount } from './service-account.ts';

export type GoogleToken = AccessToken & {
  /** The link of the chain that gave it. */
  readonly link: string;
  /** The e-mail of the service account, for the words of an error; undefined where it cannot be told. */
  principal(): Promise<string | undefined>;
};

/** What one link of the chain came to. */
export type Finding = GoogleToken | { readonly reason: string };

type Link = { readonly name: string; find(): Promise<Finding> };

/**
 * Tokens in Kong's order (lua-resty-gcp): the metadata server, then `GCP_SERVICE_ACCOUNT`; the other way round with
 * `GCP_AUTH_METHOD_ORDER=adc`. A metadata server that is not there is passed over; a service account whose key is
 * unusable or refused ends the start, for the other identity would only be guessed. Throws SettingError,
 * AccessRefusedError, UnavailableError.
 */
export function createTokenSource(http: Http, world: VaultWorld): () => Promise<GoogleToken> {
  return keepToken(() => findToken(http, world));
}

async function findToken(http: Http, world: VaultWorld): Promise<GoogleToken> {
  const reasons: string[] = [];
  for (const link of chain(http, world)) {
    const finding = await link.find();
    if ('value' in finding) return finding;
    reasons.push(`${link.name}: ${finding.reason}`);
  }
  throw new AccessRefusedError(`no Google credentials (${reasons.join('; ')})`, { hint: hintFor(world) });
}

function chain(http: Http, world: VaultWorld): readonly Link[] {
  const metadata = { name: 'metadata server', find: () => askMetadataServer(http, world) };
  const key = { name: 'service account', find: () => fromServiceAccount(http, world) };
  const order = world.environment['GCP_AUTH_METHOD_ORDER']?.trim() ?? '';
  if (order === '' || order === 'legacy') return [metadata, key];
  if (order === 'adc') return [key, metadata];
  throw new SettingError('this is no order of credentials', {
    subject: 'GCP_AUTH_METHOD_ORDER',
    hint: 'give adc for GCP_SERVICE_ACCOUNT before the metadata server, or legacy for the opposite, as without it',
  });
}

/** Google's library is loaded only where there is a key to sign with. */
async function fromServiceAccount(http: Http, { environment }: VaultWorld): Promise<Finding> {
  const text = environment['GCP_SERVICE_ACCOUNT']?.trim() ?? '';
  if (text === '') return { reason: 'GCP_SERVICE_ACCOUNT not set' };
  const account = readServiceAccount(text);
  const { exchangeSignedToken } = await import('./signed-token.ts');
  const token = await exchangeSignedToken(account, http);
  return { ...token, link: 'GCP_SERVICE_ACCOUNT', principal: async () => account.email };
}

function hintFor({ environment }: VaultWorld): string {
  const path = environment['GOOGLE_APPLICATION_CREDENTIALS'] ?? '';
  if (path !== '') {
    return 'GOOGLE_APPLICATION_CREDENTIALS is not read, as by Kong: put the text of that file into GCP_SERVICE_ACCOUNT, if it is the key of a service account';
  }
  return 'attach a service account to the instance or the pod (Workload Identity on GKE), or set GCP_SERVICE_ACCOUNT to the JSON text of a key';
}
