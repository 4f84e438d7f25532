import { EntrypointError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import type { Answer, Http } from '../http/http.ts';
import { fieldOf, isToken, parseJson } from '../json.ts';
import type { VaultWorld } from '../vault.ts';
import type { Finding } from './access-token.ts';

/** The server is on the host itself. Where another source is left to ask, nobody waits longer. */
const SHORT_MS = 1_000;
/** On GKE it takes a new pod some seconds to reach it. */
const PATIENT_MS = 5_000;
const ACCOUNT = '/computeMetadata/v1/instance/service-accounts/default/';

const peer = {
  name: 'the metadata server',
  address: 'it is there on Google Cloud only',
  trust: 'it has no certificate',
};

/**
 * The token of the service account that is attached to the instance or the pod. `GCE_METADATA_HOST` is obeyed, as by
 * Google's own clients. Throws the reason of the world's signal.
 */
export async function askMetadataServer(http: Http, { environment, signal }: VaultWorld): Promise<Finding> {
  const host = environment['GCE_METADATA_HOST']?.trim() || 'metadata.google.internal';
  if (!URL.canParse(`http://${host}${ACCOUNT}`)) return { reason: 'GCE_METADATA_HOST is no host' };
  const isLast = (environment['GCP_SERVICE_ACCOUNT'] ?? '').trim() === '';

  async function ask(name: 'token' | 'email'): Promise<Answer> {
    const url = new URL(`http://${host}${ACCOUNT}${name}`);
    const patience =
      isLast && name === 'token'
        ? { timeoutMs: PATIENT_MS, mostAttempts: 4 }
        : { timeoutMs: SHORT_MS, mostAttempts: 1 };
    return http.request({ peer, method: 'GET', url, headers: { 'metadata-flavor': 'Google' }, ...patience });
  }

  try {
    const finding = readToken(await ask('token'));
    return 'reason' in finding ? finding : { ...finding, link: 'metadata server', principal: () => readEmail(ask) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EntrypointError) return { reason: error.message };
    throw error;
  }
}

function readToken(
  answer: Answer,
): { readonly reason: string } | { readonly value: Secret; readonly expiresAt: number } {
  if (!isOfGoogle(answer)) return { reason: `what answers there is something else (status ${answer.status})` };
  if (answer.status === 404) return { reason: 'no service account is attached (status 404)' };
  if (answer.status !== 200) return { reason: `it answered with status ${answer.status}` };
  const body = parseJson(answer.text);
  const [token, seconds] = [fieldOf(body, 'access_token'), fieldOf(body, 'expires_in')];
  if (!isToken(token)) return { reason: 'its answer holds no token' };
  return { value: new Secret(token), expiresAt: Date.now() + (typeof seconds === 'number' ? seconds : 0) * 1000 };
}

/** Any server of a network that answers every name could hand out tokens otherwise. */
function isOfGoogle({ headers }: Answer): boolean {
  return headers['metadata-flavor'] === 'Google';
}

async function readEmail(ask: (name: 'email') => Promise<Answer>): Promise<string | undefined> {
  const answer = await ask('email').catch(() => undefined);
  const email = answer?.status === 200 && isOfGoogle(answer) ? answer.text.trim() : '';
  return isEmail(email) ? email : undefined;
}

/** The form of a service account's e-mail; `default` of a federated identity is none. */
export function isEmail(text: string): boolean {
  return /^[\w.+-]{1,100}@[\w.-]{1,100}$/.test(text);
}
