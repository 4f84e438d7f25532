import { AccessRefusedError, type EntrypointError, SettingError, UnavailableError } from '../../errors.ts';
import { isUntrusted } from '../certificate-fault.ts';
import { AnswerTooLargeError } from '../read-body.ts';
import type { AwsAnswer } from './aws-answer.ts';
import type { AwsCall } from './aws-call.ts';

const throttling = /^(Throttl|TooManyRequests|RequestLimitExceeded|LimitExceeded|SlowDown|PriorRequestNotComplete)/;

/**
 * The error for a service that was not reached, that was busy or failing, or that is not AWS at all; undefined where
 * AWS itself answered. A restart may help with the first ones (75), not with a certificate or a wrong endpoint (78).
 */
export function connectionError(error: unknown, answer: AwsAnswer, call: AwsCall): EntrypointError | undefined {
  const host = hostOf(call);
  if (throttling.test(answer.name) || answer.status === 429) {
    return unavailable('AWS limits the rate of requests', 'start fewer containers at once, or try again later');
  }
  if (answer.status !== undefined && answer.status >= 500) {
    return unavailable(`${host} failed (status ${answer.status})`, 'try again later; see health.aws.amazon.com');
  }
  if (isTimeout(answer)) return unavailable(`${host} gave no answer in time`, reachHint);
  if (error instanceof AnswerTooLargeError || holdsNoCredentials(answer)) return notTheService(host, answer);
  if (answer.status !== undefined) return isOfAws(answer) ? undefined : notTheService(host, answer);
  return proxyError(error) ?? networkError(host, answer);
}

/** The SDK calls every fault of the network by this name that another attempt may heal; the code tells them apart. */
function isTimeout({ name, code = 'ETIMEDOUT' }: AwsAnswer): boolean {
  return name === 'TimeoutError' && code === 'ETIMEDOUT';
}

/** STS answered 200 with something else than credentials; the SDK then has a name of its own for it. */
function holdsNoCredentials({ name }: AwsAnswer): boolean {
  return name === 'CredentialsProviderError';
}

/** What AWS says has the name of an error; a page, or a redirect, has none. */
function isOfAws({ name, message }: AwsAnswer): boolean {
  return message !== '' && name !== 'Unknown';
}

const reachHint =
  'check the route to it: a NAT gateway or a VPC endpoint with private DNS, security groups, HTTPS_PROXY and NO_PROXY';

function hostOf({ action, endpoint, region }: AwsCall): string {
  const service = action.startsWith('sts:') ? 'STS' : 'AWS Secrets Manager';
  return endpoint === undefined ? `${service} in ${region.name}` : `${service} at ${new URL(endpoint).host}`;
}

function unavailable(sentence: string, hint: string): UnavailableError {
  return new UnavailableError(sentence, { hint });
}

/** A captive portal, a proxy's own page, a redirect, a wrong endpoint. */
function notTheService(host: string, answer: AwsAnswer): SettingError {
  const status = answer.status === undefined ? '' : ` (status ${answer.status})`;
  return new SettingError(`what answers as ${host} is something else${status}`, {
    hint: 'check KONG_VAULT_AWS_ENDPOINT_URL, KONG_VAULT_AWS_STS_ENDPOINT_URL and HTTPS_PROXY',
  });
}

/** hpagent tells of a proxy's refusal in words only. */
function proxyError(error: unknown): EntrypointError | undefined {
  const status = error instanceof Error ? /^Bad response: (\d{3})$/.exec(error.message)?.[1] : undefined;
  if (status === undefined) return undefined;
  const hint = 'check HTTPS_PROXY, with user and password where the proxy asks for them, or list the host in NO_PROXY';
  const sentence = `the proxy refused the connection (status ${status})`;
  return status.startsWith('5') ? unavailable(sentence, hint) : new AccessRefusedError(sentence, { hint });
}

function networkError(host: string, { code, name }: AwsAnswer): EntrypointError {
  if (code !== undefined && isUntrusted(code)) {
    return new SettingError(`the certificate of ${host} is not trusted (${code})`, {
      hint: 'put the certificate authority of a proxy or an own endpoint into the file that AWS_CA_BUNDLE names',
    });
  }
  const hint = code === 'ENOTFOUND' ? `check the region's name and the DNS of this network; ${reachHint}` : reachHint;
  return unavailable(`cannot reach ${host} (${code ?? name})`, hint);
}
