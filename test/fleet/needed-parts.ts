import { whyNoPgbouncer } from '../world/pgbouncer.ts';
import { whyNotRun } from '../world/system-packages.ts';
import { whyNoHaproxy } from './haproxy.ts';
import { whyNoNetwork } from './network.ts';

/** What a situation needs besides PostgreSQL, which is always there. */
export type Part = keyof typeof parts;

const parts = {
  PgBouncer: whyNoPgbouncer,
  HAProxy: whyNoHaproxy,
  'network namespaces': whyNoNetwork,
  'mount namespaces': () => whyNotRun('mount namespace', ['unshare', '--mount', 'true']),
};

const reasons = new Map<Part, string | false>();

/** For `test(..., { skip })`: false when all of these are here, else which is not and why. */
export function whySkipped(needed: readonly Part[]): string | false {
  return needed.map(lookOnce).find((reason) => reason !== false) ?? false;
}

function lookOnce(part: Part): string | false {
  const reason = reasons.get(part) ?? parts[part]();
  reasons.set(part, reason);
  return reason;
}
