import type { Log } from '../../log.ts';
import { isNearby } from '../proxy.ts';
import type { Question } from './question.ts';

/** A secret that crosses a network in clear text is worth one line for each host, not a refusal. */
export function warnOfPlainHttp(log: Log): (question: Question) => void {
  const warned = new Set<string>();
  return ({ peer, url }) => {
    if (url.protocol !== 'http:' || isNearby(url.hostname) || warned.has(url.host)) return;
    warned.add(url.host);
    log.warn(`${peer.name} at ${url.host} is reached over plain http: secrets cross the network in clear text`);
  };
}
