import { EntrypointError } from '../../errors.ts';
import { printDuration } from '../../process/wait.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';
import { AnswerTooLargeError } from './exchange.ts';
import type { Peer, Question } from './question.ts';
import { ProxyError } from './tunnel.ts';

/** What was asked, and whether its time was over when the fault came. */
export type Asked = { readonly question: Question; readonly timeoutMs: number; readonly isLate: boolean };

const notConnected = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/;
const broken = /^(ECONNRESET|EPIPE|ECONNABORTED)$/;

/** A proxy that is not reached, or does not let us through, is what an operator has to look at. */
const proxyPeer = {
  name: 'the proxy',
  address:
    'check HTTPS_PROXY and HTTP_PROXY, with user and password where the proxy asks for them, or list the host in NO_PROXY',
  trust: 'add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE',
} as const satisfies Peer;

/*
 * What can happen to a connection. Nothing of the runtime's error is kept or repeated but its code: the error can hold the request, and
 * its message the bytes of an answer.
 */
const faults = [
  {
    when: { fact: 'late' },
    kind: 'unavailable',
    says: '{place} gave no complete answer within {time}',
    hint: '{address}; {reach}',
  },
  {
    when: { fact: 'too large' },
    kind: 'setting',
    says: 'another server answers in place of {place}: its answer is larger than 1 MiB',
    hint: '{address}; a proxy or a load balancer may answer in its place',
  },
  {
    when: { fact: 'proxy refused', status: '5xx' },
    kind: 'unavailable',
    says: 'the proxy refused the connection (status {status})',
    hint: proxyPeer.address,
  },
  {
    when: { fact: 'proxy refused' },
    kind: 'refused',
    says: 'the proxy refused the connection (status {status})',
    hint: proxyPeer.address,
  },
  {
    when: { code: /^HPE_/ },
    kind: 'setting',
    says: '{place} does not speak HTTP',
    hint: '{address}; a proxy or a load balancer may answer in its place',
  },
  {
    when: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    kind: 'setting',
    says: 'the certificate of {place} is for another host ({code})',
    hint: '{address}; a proxy or a load balancer may answer in its place',
  },
  {
    when: { code: 'CERT_HAS_EXPIRED' },
    kind: 'setting',
    says: 'the certificate of {place} has expired ({code})',
    hint: 'renew it, and check the clock of this machine',
  },
  {
    when: { code: /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH|ERR_TLS_)/ },
    kind: 'setting',
    says: 'the certificate of {place} is not trusted ({code})',
    hint: '{trust}',
  },
  {
    // What the other side says of a certificate of ours, or of its absence.
    when: { code: /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_\w+|HANDSHAKE_FAILURE)$/ },
    kind: 'refused',
    says: '{place} refused the TLS connection ({code})',
    hint: 'it may ask for a client certificate, or not accept the one that it was given',
  },
  {
    when: {
      code: /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNSUPPORTED_PROTOCOL))$/,
    },
    kind: 'setting',
    says: '{place} does not speak TLS ({code})',
    hint: '{address}; a proxy or a load balancer may answer in its place',
  },
  {
    when: { code: /^(ENOTFOUND|EAI_AGAIN)$/ },
    kind: 'unavailable',
    says: 'the name {hostname} of {name} cannot be resolved ({code})',
    hint: '{address}; {reach}',
  },
  {
    when: { code: 'ECONNREFUSED' },
    kind: 'unavailable',
    says: '{place} refuses connections ({code})',
    hint: '{address}; {reach}',
  },
  {
    // With TLS 1.3 a client cannot tell the one from the other.
    when: { code: broken },
    kind: 'unavailable',
    says: '{place} closed the connection ({code})',
    hint: '{address}; {reach}; {orElse}',
  },
  { kind: 'unavailable', says: 'cannot reach {place} ({code})', hint: '{address}; {reach}' },
] as const satisfies FaultTable;

/** Whether asking again may help: always before anything was sent, afterwards only for what may be asked twice. */
export function mayHeal(fault: unknown, isRepeatable: boolean): boolean {
  const code = codeIn(fault);
  return notConnected.test(code) || (isRepeatable && broken.test(code));
}

/** Whether a certificate leads to an authority that is not among those that were given. */
export function isUnknownAuthority(fault: unknown): boolean {
  return /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF))/.test(codeIn(fault));
}

/** The error for a connection that failed. */
export function explainFault(fault: unknown, { question, timeoutMs, isLate }: Asked): EntrypointError {
  if (fault instanceof EntrypointError) return fault;
  const { peer, url }: Pick<Question, 'peer' | 'url'> =
    fault instanceof ProxyError ? { peer: proxyPeer, url: fault.proxy } : question;
  const status = fault instanceof ProxyError ? fault.status : undefined;
  return explainBy(
    faults,
    { code: codeIn(fault), status, facts: isLate ? ['late'] : factsOf(fault) },
    {
      name: peer.name,
      address: peer.address,
      trust: peer.trust,
      place: `${peer.name} at ${url.host}`,
      hostname: url.hostname,
      time: printDuration(timeoutMs),
      reach:
        peer.route ??
        'and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY',
      orElse:
        url.protocol === 'https:'
          ? 'a server that asks for a client certificate closes a connection without one in the same way'
          : 'a server that speaks only TLS does the same',
    },
  );
}

function factsOf(fault: unknown): ('too large' | 'proxy refused')[] {
  if (fault instanceof AnswerTooLargeError) return ['too large'];
  return fault instanceof ProxyError && fault.status !== undefined ? ['proxy refused'] : [];
}

/** The code of the error, or of what lies in it: several addresses were tried, or a proxy was on the way. */
function codeIn(fault: unknown): string {
  if (!(fault instanceof Error)) return 'unknown';
  const [first] = fault instanceof AggregateError ? fault.errors : [];
  const inner = fault.cause instanceof Error ? codeIn(fault.cause) : codeIn(first);
  const own = 'code' in fault && typeof fault.code === 'string' ? fault.code : inner;
  if (own === 'EPROTO') return alertIn(fault.message) ?? own;
  return /^[\w/-]{1,80}$/.test(own) ? own : 'unknown';
}

/** The alert of TLS that ended a connection while something was written: OpenSSL tells it in words only. */
function alertIn(message: string): string | undefined {
  const alert = / alert ([a-z ]{1,40}):/.exec(message)?.[1];
  return alert === undefined ? undefined : `ALERT_${alert.toUpperCase().replaceAll(' ', '_')}`;
}
