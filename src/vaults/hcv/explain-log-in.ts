import type { EntrypointError } from '../../errors.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';
import { answerOf, faultsOfServer, serverFacts, wordsOfServer } from './explain-server.ts';
import type { Login } from './prepare-login.ts';
import { saidBy, type VaultAnswer } from './vault-answer.ts';
import type { VaultServer } from './vault-server.ts';

const at = 'at {path}[ in namespace {namespace}]';

const noMethod = {
  kind: 'setting',
  says: `{place} has no auth method ${at} (status {status})`,
  hint: 'enable it in Vault, or correct its path; check KONG_VAULT_HCV_NAMESPACE too',
} as const;

const faults = [
  ...faultsOfServer,
  { when: { status: 404 }, ...noMethod },
  { when: { message: /no handler for route|unsupported path/i }, ...noMethod },
  {
    when: { status: 200 },
    kind: 'setting',
    says: `{place} answered the login ${at} without a token`,
    hint: 'check the path of the auth method, and that the login needs no second factor (MFA)',
  },
  {
    kind: 'refused',
    says: `{place} refused the login ${at} (status {status})[: {said}]`,
    hint: '{hint}',
  },
] as const satisfies FaultTable;

/** Why a login gave no token. */
export function explainLogIn(answer: VaultAnswer, login: Login, server: VaultServer): EntrypointError {
  const path = decodeURIComponent(login.path.replace(/^\/v1\//, ''));
  const words = { ...wordsOfServer(answer, server), path, said: saidBy(answer, login.secrets), hint: login.hint };
  return explainBy(faults, { ...answerOf(answer), facts: serverFacts(answer) }, words);
}
