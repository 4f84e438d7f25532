import { isNearby } from '../proxy.ts';
import type { VaultOptionValues, VaultWorld } from '../vault.ts';

const ignored = /^AWS_ENDPOINT_URL(_\w+)?$|^AWS_USE_(FIPS|DUALSTACK)_ENDPOINT$/;

/** Kong's library knows none of these. A client that obeyed them would read another service than Kong does later. */
export function warnOfIgnoredVariables({ environment, log }: VaultWorld): void {
  const names = Object.keys(environment).filter((name) => ignored.test(name) && environment[name] !== '');
  if (names.length === 0) return;
  log.warn(
    `${names.join(', ')}: ignored, as by Kong; the aws vault takes its endpoint from KONG_VAULT_AWS_ENDPOINT_URL`,
  );
}

/** A secret that crosses a network in clear is worth a line, not a refusal: the endpoint may be a test's. */
export function warnOfPlainHttp(options: VaultOptionValues, { log }: VaultWorld): void {
  for (const name of ['endpoint_url', 'sts_endpoint_url']) {
    const url = URL.parse(String(options[name] ?? ''));
    if (url?.protocol !== 'http:' || isNearby(url.hostname)) continue;
    log.warn(`the aws vault's option ${name} is plain http: secrets cross the network to ${url.hostname} in clear`);
  }
}
