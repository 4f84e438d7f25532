import { randomBytes } from 'node:crypto';
import type { Request } from './loopback-server.ts';

/** What a token may do, and for how long. */
export type TokenTerms = {
  /** Paths that may be read, as a policy names them; default: all. */
  readonly paths?: readonly string[];
  readonly uses?: number;
  readonly seconds?: number;
  readonly type?: 'service' | 'batch';
  readonly namespace?: string;
};

type Token = { readonly terms: TokenTerms; readonly until: number; used: number };

/** The tokens of an emulated Vault. */
export type TokenStore = {
  create(terms: TokenTerms): string;
  /** The terms of a request's token, one use of it taken; undefined for one that is unknown, over, or of another namespace. */
  use(request: Request): TokenTerms | undefined;
  /** What Vault tells of a request's token, as far as it is used here: 0 means no limit. */
  describe(request: Request): { readonly num_uses: number; readonly ttl: number };
  /** Ends a request's token. False for one that is not good. */
  revoke(request: Request): boolean;
};

export function createTokenStore(): TokenStore {
  const tokens = new Map<string, Token>();

  function use(request: Request): TokenTerms | undefined {
    const text = textOf(request);
    const token = tokens.get(text);
    if (token === undefined || token.until < Date.now()) return undefined;
    if ((token.terms.namespace ?? '') !== namespaceOf(request)) return undefined;
    token.used += 1;
    if (token.terms.uses !== undefined && token.used >= token.terms.uses) tokens.delete(text);
    return token.terms;
  }

  return {
    create(terms) {
      const text = `hvs.${randomBytes(12).toString('hex')}`;
      const until = terms.seconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + terms.seconds * 1000;
      tokens.set(text, { terms, used: 0, until });
      return text;
    },
    use,
    describe(request) {
      const { terms, used, until } = tokens.get(textOf(request)) ?? {
        terms: {},
        used: 0,
        until: Number.POSITIVE_INFINITY,
      };
      const ttl = until === Number.POSITIVE_INFINITY ? 0 : Math.floor((until - Date.now()) / 1000);
      return { num_uses: terms.uses === undefined ? 0 : terms.uses - used, ttl };
    },
    revoke: (request) => use(request) !== undefined && (tokens.delete(textOf(request)) || true),
  };
}

export function textOf({ headers }: Request): string {
  return String(headers['x-vault-token']);
}

export function namespaceOf({ headers }: Request): string {
  return String(headers['x-vault-namespace'] ?? '');
}
