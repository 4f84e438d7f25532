import { EntrypointError } from '../../errors.ts';
import { type AccessToken, readAccessToken } from '../access-token.ts';
import type { Finding } from '../credential-chain.ts';
import type { Answer, Http } from '../http/http.ts';
import type { VaultWorld } from '../vault.ts';
import { type AccountToken, isEmail } from './service-account.ts';

/** The server is on the host itself. Where another source is left to ask, nobody waits longer. */
const hurried = { timeoutMs: 1_000, mostAttempts: 1 } as const;
/** On GKE it takes a new pod some seconds to reach it. */
const patient = { timeoutMs: 5_000, mostAttempts: 4 } as const;

const ACCOUNT = '/computeMetadata/v1/instance/service-accounts/default/';

const peer = {
  name: 'the metadata server',
  address: 'it is there on Google Cloud only',
  trust: 'it has no certificate',
};

/**
 * The token of the service account that is attached to the instance or the pod. `GCE_METADATA_HOST` names another server, as for Google's
 * own clients. `isLast` says that there is no other source left to ask. Throws the reason of the world's signal.
 */
export async function askMetadataServer(
  http: Http,
  { environment, signal }: VaultWorld,
  { isLast }: { readonly isLast: boolean },
): Promise<Finding<AccountToken>> {
  const host = environment['GCE_METADATA_HOST']?.trim() || 'metadata.google.internal';
  if (!URL.canParse(`http://${host}${ACCOUNT}`)) return { reason: 'GCE_METADATA_HOST is no host' };

  function ask(name: 'token' | 'email', patience: typeof hurried | typeof patient): Promise<Answer> {
    const url = new URL(`http://${host}${ACCOUNT}${name}`);
    return http.request({ peer, method: 'GET', url, headers: { 'metadata-flavor': 'Google' }, ...patience });
  }

  try {
    const finding = readToken(await ask('token', isLast ? patient : hurried));
    if ('reason' in finding) return finding;
    return { ...finding, principal: async () => readEmail(await ask('email', hurried).catch(() => undefined)) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EntrypointError) return { reason: error.message };
    throw error;
  }
}

function readToken(answer: Answer): Finding<AccessToken> {
  if (!isOfGoogle(answer)) return { reason: `what answers there is something else (status ${answer.status})` };
  if (answer.status === 404) return { reason: 'no service account is attached (status 404)' };
  if (answer.status !== 200) return { reason: `it answered with status ${answer.status}` };
  return readAccessToken(answer.text) ?? { reason: 'its answer holds no token' };
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
