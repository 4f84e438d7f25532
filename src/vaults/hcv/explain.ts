import type { EntrypointError } from '../../errors.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';
import { fieldOf } from '../json.ts';
import { repeatable } from '../repeatable.ts';
import { answerOf, faultsOfServer, serverFacts, wordsOfServer } from './explain-server.ts';
import { saidBy, type VaultAnswer } from './vault-answer.ts';
import type { SecretPath } from './vault-path.ts';
import type { VaultServer } from './vault-server.ts';

/** What was read, and with what. */
export type Reading = {
  readonly path: SecretPath;
  readonly token: string;
  /** The value of `auth_method`. */
  readonly method: string;
  readonly server: VaultServer;
};

const inNamespace = '[ in namespace {namespace}]';
const secret = `secret "{id}" of the engine {engine}${inNamespace}` as const;
const checkName =
  "check its path and KONG_VAULT_HCV_MOUNT; the last part of a reference's path is the key, not the name";

const faults = [
  ...faultsOfServer,
  {
    // The option mount holds a part of the secret's path, so `data` is in the wrong place.
    when: { status: 404, message: /versioned K\/V/i, fact: 'KV v2' },
    kind: 'setting',
    says: '{engine} is not the path of a secrets engine of {place}, but of something in one',
    hint: 'set KONG_VAULT_HCV_MOUNT to the path of the engine alone; what follows belongs to the reference',
  },
  {
    when: { status: 404, message: /versioned K\/V/i },
    kind: 'setting',
    says: 'the engine {engine} keeps versions (KV version 2), and the option kv is {kv}[; Vault warns: {warning}]',
    hint: 'set KONG_VAULT_HCV_KV=v2, and leave data/ out of the reference',
  },
  {
    when: { status: 404, message: /no handler for route|unsupported path/i },
    kind: 'setting',
    says: `{place} has no secrets engine {engine}${inNamespace}`,
    hint: 'check KONG_VAULT_HCV_MOUNT and KONG_VAULT_HCV_NAMESPACE',
  },
  {
    when: { status: 404, fact: 'destroyed' },
    kind: 'not found',
    says: `[version {stored} of ]${secret} is destroyed`,
    hint: 'store the secret again: vault kv put',
  },
  {
    when: { status: 404, fact: 'deleted' },
    kind: 'not found',
    says: `[version {stored} of ]${secret} is deleted`,
    hint: 'bring it back (vault kv undelete -versions=...), store a new one, or refer to another version with #',
  },
  {
    when: { status: 404, fact: 'KV v2' },
    kind: 'not found',
    says: `${secret}[ in version {version}] not found`,
    hint: `${checkName}; set KONG_VAULT_HCV_KV=v1 if the engine keeps no versions`,
  },
  {
    when: { status: 404 },
    kind: 'not found',
    says: `${secret} not found`,
    hint: `${checkName}; set KONG_VAULT_HCV_KV=v2 if the engine keeps versions`,
  },
  {
    when: { status: 403, message: /invalid token|bad token|missing client token/i },
    kind: 'refused',
    says: `{place} rejects the token (auth_method {method})${inNamespace}`,
    hint: 'the token is wrong, expired, revoked, used up (num_uses), or of another namespace: give a new one',
  },
  {
    when: { status: 403 },
    kind: 'refused',
    says: `{place} does not let us read ${secret} (auth_method {method})`,
    hint: 'allow it to the token: path "{policy}" { capabilities = ["read"] }; check too KONG_VAULT_HCV_KV, KONG_VAULT_HCV_NAMESPACE, and whether a token of auth_method token has expired',
  },
  {
    when: { status: 200 },
    kind: 'setting',
    says: 'what {place} has at {policy} is not a secret of the KV engine, version {number}',
    hint: 'check KONG_VAULT_HCV_KV and KONG_VAULT_HCV_MOUNT',
  },
  {
    kind: 'setting',
    says: `{place} does not serve ${secret} (status {status})[: {said}]`,
    hint: 'check the reference and the options of the hcv vault',
  },
] as const satisfies FaultTable;

/** Why a secret was not read, from an answer that holds none. */
export function explainFetch(answer: VaultAnswer, { path, token, method, server }: Reading): EntrypointError {
  // KV version 2 answers 404 with the metadata of a version that is deleted or destroyed.
  const metadata = fieldOf(fieldOf(answer.object, 'data'), 'metadata');
  const version = fieldOf(metadata, 'version');
  const isDestroyed = fieldOf(metadata, 'destroyed') === true;
  const facts = [
    ...serverFacts(answer),
    ...(path.kv === 'v2' ? (['KV v2'] as const) : []),
    ...(metadata === undefined ? [] : ([isDestroyed ? 'destroyed' : 'deleted'] as const)),
  ];
  return explainBy(
    faults,
    { ...answerOf(answer), facts },
    {
      ...wordsOfServer(answer, server),
      id: path.secretId,
      engine: path.mount,
      version: path.version,
      policy: path.policy,
      kv: path.kv,
      number: path.kv.slice(1),
      method,
      stored: typeof version === 'number' ? `${version}` : undefined,
      warning: answer.warnings.map((text) => repeatable(text, [token])).find((text) => text !== ''),
      said: saidBy(answer, [token]),
    },
  );
}
