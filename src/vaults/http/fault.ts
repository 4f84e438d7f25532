import { AccessRefusedError, EntrypointError, SettingError, UnavailableError } from '../../errors.ts';
import { printDuration } from '../../process/wait.ts';
import { isUntrusted } from '../certificate-fault.ts';
import { AnswerTooLargeError } from '../read-body.ts';
import type { Question } from './http.ts';

/** What was asked, and whether its time was over when the fault came. */
export type Asked = { readonly question: Question; readonly timeoutMs: number; readonly isLate: boolean };

const notConnected = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/;
const broken = /^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/;
const noTls = /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNSUPPORTED_PROTOCOL))$/;
/** What the other side says of a certificate of ours, or of its absence. */
const ourCertificate = /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_\w+|HANDSHAKE_FAILURE)$/;

/** Whether asking again may help: always before anything was sent, afterwards only for what may be asked twice. */
export function mayHeal(fault: unknown, isRepeatable: boolean): boolean {
  const code = codeIn(fault);
  return notConnected.test(code) || (isRepeatable && broken.test(code));
}

/**
 * The error for a connection that failed. Nothing of undici's error is kept or repeated but its code: the error can hold
 * the request, and its message the bytes of an answer.
 */
export function explainFault(fault: unknown, asked: Asked): EntrypointError {
  if (fault instanceof EntrypointError) return fault;
  const { peer, url } = asked.question;
  const place = `${peer.name} at ${url.host}`;
  if (asked.isLate) {
    return unavailable(`${place} gave no complete answer within ${printDuration(asked.timeoutMs)}`, reach(asked));
  }
  if (fault instanceof AnswerTooLargeError) {
    return new SettingError(`what answers as ${place} is something else: its answer is larger than 1 MiB`, {
      hint: peer.address,
    });
  }
  if (fault instanceof Error && fault.name === 'HTTPParserError') {
    return new SettingError(`what answers as ${place} does not speak HTTP`, { hint: peer.address });
  }
  return proxyFault(fault) ?? faultByCode(codeIn(fault), place, asked);
}

function faultByCode(code: string, place: string, asked: Asked): EntrypointError {
  const { peer, url } = asked.question;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new SettingError(`the certificate of ${place} is for another host (${code})`, { hint: peer.address });
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return new SettingError(`the certificate of ${place} has expired (${code})`, {
      hint: 'renew it, and check the clock of this machine',
    });
  }
  if (isUntrusted(code)) {
    return new SettingError(`the certificate of ${place} is not trusted (${code})`, { hint: peer.trust });
  }
  if (ourCertificate.test(code)) {
    return new AccessRefusedError(`${place} refused the TLS connection (${code})`, {
      hint: 'it may ask for a client certificate, or not accept the one that it was given',
    });
  }
  if (noTls.test(code)) {
    return new SettingError(`what answers as ${place} does not speak TLS (${code})`, { hint: peer.address });
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return unavailable(`the name ${url.hostname} of ${peer.name} cannot be resolved (${code})`, reach(asked));
  }
  if (code === 'ECONNREFUSED') return unavailable(`${place} refuses connections (${code})`, reach(asked));
  if (broken.test(code))
    return unavailable(`${place} broke the connection off (${code})`, `${reach(asked)}; ${orElse(url)}`);
  return unavailable(`cannot reach ${place} (${code})`, reach(asked));
}

/** undici tells of a proxy's refusal in words only. */
function proxyFault(fault: unknown): EntrypointError | undefined {
  const message = fault instanceof Error ? fault.message : '';
  const status = /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(message)?.[1];
  const code = codeIn(fault);
  if (status === undefined && !code.startsWith('UND_ERR_PRX')) return undefined;
  const hint =
    'check HTTPS_PROXY and HTTP_PROXY, with user and password where the proxy asks for them, or list the host in NO_PROXY';
  const sentence = `the proxy refused the connection (${status === undefined ? code : `status ${status}`})`;
  return status === undefined || status.startsWith('5')
    ? unavailable(sentence, hint)
    : new AccessRefusedError(sentence, { hint });
}

function reach({ question: { peer } }: Asked): string {
  return `${peer.address}; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY`;
}

/** What else ends a connection without a word. With TLS 1.3 a client cannot tell the one from the other. */
function orElse(url: URL): string {
  return url.protocol === 'https:'
    ? 'a server that asks for a client certificate ends a connection without it like this, too'
    : 'a server that speaks only TLS does so, too';
}

function unavailable(sentence: string, hint: string): UnavailableError {
  return new UnavailableError(sentence, { hint });
}

/** The code of the error, or of what lies in it: several addresses were tried, or undici wrapped it. */
function codeIn(fault: unknown): string {
  if (!(fault instanceof Error)) return 'unknown';
  const [first] = fault instanceof AggregateError ? fault.errors : [];
  const inner = fault.cause instanceof Error ? codeIn(fault.cause) : codeIn(first);
  const own = 'code' in fault && typeof fault.code === 'string' ? fault.code : inner;
  return /^[\w/-]{1,80}$/.test(own) ? own : 'unknown';
}
