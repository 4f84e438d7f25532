import { BlockList, isIP } from 'node:net';
import { SettingError } from '../errors.ts';
import type { VaultWorld } from './vault.ts';

const nearby = new BlockList();
nearby.addSubnet('127.0.0.0', 8, 'ipv4');
nearby.addSubnet('169.254.0.0', 16, 'ipv4');
nearby.addAddress('::1', 'ipv6');
nearby.addSubnet('fe80::', 10, 'ipv6');
nearby.addSubnet('fd00:ec2::', 32, 'ipv6');

/** The name of an address on the host itself, 169.254.169.254, by which Kong asks for it. */
const GOOGLE_METADATA = 'metadata.google.internal';

/** Loopback and link-local, where clouds keep metadata and credentials (`fd00:ec2::` is of AWS): never proxied. */
export function isNearby(hostname: string): boolean {
  const host = withoutBrackets(hostname);
  if (host === GOOGLE_METADATA) return true;
  return host === 'localhost' || host.endsWith('.localhost') || contains(nearby, host);
}

/**
 * The proxy for a URL, from `HTTPS_PROXY` or `HTTP_PROXY` by its scheme unless `NO_PROXY` names its host. Upper case
 * only, as lua-resty-aws reads them. Throws SettingError for a proxy that is not a URL; its text may hold a password.
 */
export function proxyFor(url: URL, environment: VaultWorld['environment']): URL | undefined {
  if (isNearby(url.hostname) || isExcepted(url, environment['NO_PROXY'] ?? '')) return undefined;
  const variable = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = environment[variable]?.trim() ?? '';
  if (text === '') return undefined;
  const proxy = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (proxy !== null && ['http:', 'https:'].includes(proxy.protocol)) return proxy;
  throw new SettingError('this is not a URL of an HTTP proxy', {
    subject: variable,
    hint: 'give http://host:port or https://host:port, or list the host in NO_PROXY',
  });
}

/** `*`, a host, a domain with or without its dot (both cover what is below it), an address, a CIDR range; `:port`. */
function isExcepted(url: URL, list: string): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const host = withoutBrackets(url.hostname);
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || covers(entry.toLowerCase(), host, port));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry.includes('/')) return coversRange(entry, host);
  const [, name = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const domain = withoutBrackets(name).replace(/^\*?\./, '');
  return host === domain || host.endsWith(`.${domain}`);
}

function coversRange(entry: string, host: string): boolean {
  const [network = '', bits = ''] = entry.split('/');
  const family = isIP(network);
  const length = Number(bits);
  if (family === 0 || !/^\d+$/.test(bits) || length > (family === 4 ? 32 : 128)) return false;
  const range = new BlockList();
  range.addSubnet(network, length, family === 4 ? 'ipv4' : 'ipv6');
  return contains(range, host);
}

function contains(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
