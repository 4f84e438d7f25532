import { exchange } from './exchange.ts';
import { explainFault, isUnknownAuthority, mayHeal } from './fault.ts';
import { warnOfPlainHttp } from './plain-http.ts';
import type { Answer, Peer, Question } from './question.ts';
import { withTimeLimit } from './time-limit.ts';
import { type TrustWorld, trustOnInternet } from './trust.ts';
import { openWays, type TlsChoice } from './ways.ts';

export type { Answer, Peer, Question };

export type TlsOptions = TlsChoice & {
  /** PEM texts of the authorities that alone are trusted; without it, those of `trustOnInternet`. */
  readonly authorities?: readonly string[] | undefined;
  /** Variables that name files of further authorities; default: `NODE_EXTRA_CA_CERTS`. */
  readonly bundles?: readonly string[];
};

/**
 * HTTP for every vault, on Node's own client: bounded in time and size, redirects not followed, proxies obeyed. The SDK of AWS has its
 * requests sent here too.
 */
export type Http = {
  /**
   * The answer, whatever its status. Throws an EntrypointError for a connection that failed (75, 77 or 78), and the
   * reason of the world's signal when that aborts. No error holds anything of the question but the host.
   */
  request(question: Question): Promise<Answer>;
  /** Closes all connections. */
  close(): Promise<void>;
};

const TIMEOUT_MS = 10_000;
const MOST_ATTEMPTS = 3;

/** Throws SettingError for a file of certificate authorities that cannot be used. */
export function createHttp(world: TrustWorld, tls: TlsOptions = {}): Http {
  const { authorities, bundles = ['NODE_EXTRA_CA_CERTS'], ...choice } = tls;
  const trust = authorities === undefined ? trustOnInternet(world, bundles) : { authorities };
  const first = openWays(world.environment, trust, choice);
  let ways = first;
  const warn = warnOfPlainHttp(world.log);

  /** Nothing was sent to a host whose certificate nobody vouches for, so it is asked again once more authorities are trusted. */
  async function attempt(question: Question, signal: AbortSignal): Promise<Answer | { readonly fault: unknown }> {
    const used = ways;
    const way = used.wayTo(question.url);
    try {
      return await exchange(question, way, signal);
    } catch (fault) {
      const wider = isUnknownAuthority(fault) ? used.trusting() : undefined;
      if (wider === undefined) return { fault };
      ways = wider;
      return attempt(question, signal);
    }
  }

  return {
    async request(question) {
      warn(question);
      const { timeoutMs = TIMEOUT_MS, mostAttempts = MOST_ATTEMPTS, isTemporary = isBusy } = question;
      const { isRepeatable = question.method === 'GET' } = question;
      const limit = withTimeLimit(world.signal, timeoutMs);
      for (let attempts = 1; ; attempts += 1) {
        const outcome = await attempt(question, limit.signal);
        world.signal.throwIfAborted();
        const again = 'fault' in outcome ? mayHeal(outcome.fault, isRepeatable) : isTemporary(outcome);
        const isLast = attempts === mostAttempts || !again || !(await limit.pause(attempts));
        if (!isLast) continue;
        if ('fault' in outcome) throw explainFault(outcome.fault, { question, timeoutMs, isLate: limit.isOver() });
        return outcome;
      }
    },
    close: async () => first.close(),
  };
}

function isBusy({ status }: Answer): boolean {
  return status === 429 || status >= 500;
}
