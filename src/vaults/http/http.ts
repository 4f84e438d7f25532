import type { VaultWorld } from '../vault.ts';
import { openDispatchers, type TlsOptions } from './dispatchers.ts';
import { type Answer, exchange } from './exchange.ts';
import { explainFault, mayHeal } from './fault.ts';
import { warnOfPlainHttp } from './plain-http.ts';
import { withTimeLimit } from './time-limit.ts';

export type { Answer, TlsOptions };

/** Who is asked, in the words of an error. */
export type Peer = {
  /** `Vault`: an error says `Vault at vault.example.com:8200`. */
  readonly name: string;
  /** What says where it is, for a hint: `check KONG_VAULT_HCV_HOST and KONG_VAULT_HCV_PORT`. */
  readonly address: string;
  /** What says whose certificates are trusted, for a hint: `add its certificate authority to KONG_...`. */
  readonly trust: string;
};

export type Question = {
  readonly peer: Peer;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether it may be asked again when the connection broke after it was sent; default: only a GET. */
  readonly isRepeatable?: boolean;
  /** Whether it is asked again after this answer; default: 429 and 5xx. The last answer is returned whatever it is. */
  readonly isTemporary?: (answer: Answer) => boolean;
  /** For the whole question, all attempts and the pauses between them; default 10 s. */
  readonly timeoutMs?: number;
  /** How often it is asked at most; default 3. */
  readonly mostAttempts?: number;
};

/** HTTP for the backends that have no SDK: bounded in time and size, redirects not followed, proxies obeyed. */
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
export function createHttp(world: VaultWorld, tls: TlsOptions = {}): Http {
  const dispatchers = openDispatchers(world.environment, tls);
  const warn = warnOfPlainHttp(world.log);

  async function attempt(question: Question, signal: AbortSignal): Promise<Answer | { readonly fault: unknown }> {
    const dispatcher = dispatchers.dispatcherFor(question.url);
    try {
      return await exchange(question, { dispatcher, signal });
    } catch (fault) {
      return { fault };
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
    close: () => dispatchers.close(),
  };
}

function isBusy({ status }: Answer): boolean {
  return status === 429 || status >= 500;
}
