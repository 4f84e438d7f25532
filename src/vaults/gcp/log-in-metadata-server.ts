import { readAccessToken } from '../access-token.ts';
import { askSource, type Finding } from '../credential-chain.ts';
import type { Answer, Http } from '../http/http.ts';
import { isToken } from '../json.ts';
import type { VaultWorld } from '../vault.ts';
import { type AccountToken, isEmail, scopes } from './service-account.ts';

/** The server is on the host itself. Where another source is left to ask, nobody waits longer. */
const hurried = { timeoutMs: 1_000, mostAttempts: 1 } as const;
/** On GKE it takes a new pod some seconds to reach it. */
const patient = { timeoutMs: 5_000, mostAttempts: 4 } as const;

const ACCOUNT = '/computeMetadata/v1/instance/service-accounts/default/';

export const metadataServer = {
  name: 'the metadata server',
  address: 'it is there on Google Cloud only',
  trust: 'it has no certificate',
};

const question = {
  peer: metadataServer,
  method: 'GET',
  headers: { 'metadata-flavor': 'Google' },
} as const;

type MetadataLogin = { readonly scope: keyof typeof scopes; readonly http: Http; readonly world: VaultWorld };

/**
 * The token of the service account that is attached to the instance or the pod. `GCE_METADATA_HOST` names another server, as for Google's
 * own clients. The token has the scopes of the instance, or that of a login to a database. `isLast` says that there is no other source left
 * to ask. Throws the reason of the world's signal.
 */
export async function askMetadataServer(
  { scope, http, world: { environment, signal } }: MetadataLogin,
  { isLast }: { readonly isLast: boolean },
): Promise<Finding<AccountToken>> {
  const base = accountUrl(environment);
  if (base === null) return noHost;
  const ask = (name: string, patience: typeof hurried | typeof patient): Promise<Answer> =>
    http.request({ ...question, url: new URL(name, base), ...patience });
  const token = scope === 'database' ? `token?${new URLSearchParams({ scopes: scopes.database })}` : 'token';
  return askSource(signal, async () => {
    const answer = await ask(token, isLast ? patient : hurried);
    const found = refusalIn(answer) ?? readAccessToken(answer.text) ?? { reason: 'its answer holds no token' };
    if ('reason' in found) return found;
    return { ...found, principal: async () => readEmail(await ask('email', hurried).catch(() => undefined)) };
  });
}

/**
 * A token that says which instance this is, for this audience: signed by Google, with all that is known of the instance. Throws the reason
 * of the world's signal.
 */
export async function askInstanceIdentity(
  audience: string,
  http: Http,
  { environment, signal }: VaultWorld,
): Promise<Finding<{ readonly jwt: string }>> {
  const url = URL.parse('identity', accountUrl(environment)?.href);
  if (url === null) return noHost;
  url.searchParams.set('audience', audience);
  url.searchParams.set('format', 'full');
  return askSource(signal, async () => {
    const answer = await http.request({ ...question, url, ...patient });
    const jwt = answer.text.trim();
    return refusalIn(answer) ?? (isToken(jwt) ? { jwt } : { reason: 'its answer holds no token' });
  });
}

function accountUrl(environment: VaultWorld['environment']): URL | null {
  const host = environment['GCE_METADATA_HOST']?.trim() || 'metadata.google.internal';
  return URL.parse(`http://${host}${ACCOUNT}`);
}

const noHost = { reason: 'GCE_METADATA_HOST is not a host' } as const;

function refusalIn(answer: Answer): { readonly reason: string } | undefined {
  if (!isOfGoogle(answer)) return { reason: `another server answers there (status ${answer.status})` };
  if (answer.status === 404) return { reason: 'no service account is attached (status 404)' };
  return answer.status === 200 ? undefined : { reason: `it answered with status ${answer.status}` };
}

/** Without this check, any server of a network that answers for every name could hand out tokens. */
function isOfGoogle({ headers }: Answer): boolean {
  return headers['metadata-flavor'] === 'Google';
}

/** The e-mail of a service account; the word `default`, which stands for a federated identity, is none. */
function readEmail(answer: Answer | undefined): string | undefined {
  const email = answer?.status === 200 && isOfGoogle(answer) ? answer.text.trim() : '';
  return isEmail(email) ? email : undefined;
}
