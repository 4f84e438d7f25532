import type { FaultTable } from '../fault-table.ts';
import type { VaultAnswer } from './vault-answer.ts';
import type { VaultServer } from './vault-server.ts';

const address = 'check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL';
const activeNode = 'let KONG_VAULT_HCV_HOST name the active node, or a load balancer that asks /v1/sys/health';

/**
 * Answers of a server that cannot serve, or that is not a Vault at all, whatever was asked. A restart may help with some (75), not with a
 * wrong address (78).
 */
export const faultsOfServer = [
  {
    // The other host is named, and not asked: a token must not go to another host.
    when: { status: '3xx' },
    kind: 'setting',
    says: '{place} redirects[ to {other}] (status {status}), and a redirect is not followed',
    hint: `a standby node redirects to the active one: ${activeNode}; else ${address}`,
  },
  {
    when: { status: 412 },
    kind: 'unavailable',
    says: '{place} has not received the newest data yet (status {status})',
    hint: 'try again; this node follows another one',
  },
  {
    when: { status: 429 },
    kind: 'unavailable',
    says: '{place} limits the rate of requests, or is a standby node (status {status})',
    hint: `start fewer containers at once; or ${activeNode}`,
  },
  {
    when: { status: 472 },
    kind: 'unavailable',
    says: '{place} is a disaster recovery secondary, which serves no secrets (status {status})',
    hint: activeNode,
  },
  {
    when: { status: 473 },
    kind: 'unavailable',
    says: '{place} is a performance standby that does not answer this (status {status})',
    hint: activeNode,
  },
  {
    when: { status: 501 },
    kind: 'unavailable',
    says: '{place} is not initialized (status {status})',
    hint: 'initialize it: vault operator init',
  },
  {
    when: { status: 503, message: /\bsealed\b/i },
    kind: 'unavailable',
    says: '{place} is sealed (status {status})',
    hint: 'unseal it: vault operator unseal',
  },
  {
    when: { status: '5xx' },
    kind: 'unavailable',
    says: '{place} failed (status {status})',
    hint: 'check the log of Vault',
  },
  {
    when: { fact: 'no JSON', message: /HTTP request to an HTTPS server/i },
    kind: 'setting',
    says: '{place} speaks TLS, and the option protocol is http',
    hint: 'set KONG_VAULT_HCV_PROTOCOL=https',
  },
  {
    when: { fact: 'no JSON' },
    kind: 'setting',
    says: 'another server answers in place of {place} (status {status}, no JSON)',
    hint: `${address}, and HTTPS_PROXY`,
  },
] as const satisfies FaultTable;

export function answerOf({ status, object, text, errors, warnings }: VaultAnswer) {
  return { status, message: [...warnings, ...errors, object === undefined ? text : ''].join('\n') };
}

export function serverFacts({ object }: VaultAnswer) {
  return object === undefined ? (['no JSON'] as const) : [];
}

export function wordsOfServer({ location }: VaultAnswer, { place, namespace }: VaultServer) {
  return { place, namespace, other: URL.parse(location ?? '')?.host };
}
