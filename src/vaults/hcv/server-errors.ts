import { type EntrypointError, SettingError, UnavailableError } from '../../errors.ts';
import { repeatable } from '../repeatable.ts';
import { variableOf } from './options.ts';
import type { VaultAnswer } from './vault-answer.ts';
import { isSealed, type VaultServer } from './vault-server.ts';

const address = ['host', 'port', 'protocol'].map(variableOf).join(', ');

/**
 * The error for an answer that says nothing of the question: of a server that cannot serve, or is no Vault at all.
 * Undefined for an answer that has to be read. A restart may help with some (75); with a wrong address it does not (78).
 */
export function serverError(answer: VaultAnswer, server: VaultServer): EntrypointError | undefined {
  const { status } = answer;
  if (status >= 300 && status < 400) return redirect(answer, server);
  const byStatus = busy[status];
  if (byStatus !== undefined) return unavailable(`${server.place} ${byStatus[0]} (status ${status})`, byStatus[1]);
  if (isSealed(answer)) {
    return unavailable(`${server.place} is sealed (status 503)`, 'unseal it: vault operator unseal');
  }
  if (status >= 500) return unavailable(`${server.place} failed (status ${status})`, 'look into the log of Vault');
  return answer.object === undefined ? notVault(answer, server) : undefined;
}

const activeNode = `let ${variableOf('host')} name the active node, or a load balancer that asks /v1/sys/health`;

const busy: Readonly<Record<number, readonly [sentence: string, hint: string] | undefined>> = {
  412: ['has not received the newest data yet', 'try again; this node follows another one'],
  429: ['limits the rate of requests, or is a standby node', `start fewer containers at once; or ${activeNode}`],
  472: ['is a disaster recovery secondary, which serves no secrets', activeNode],
  473: ['is a performance standby that does not answer this', activeNode],
  501: ['is not initialized', 'initialize it: vault operator init'],
};

/** Only the host of the other place is told. It is not asked: what opens Vault must not follow a redirect. */
function redirect({ status, location }: VaultAnswer, server: VaultServer): SettingError {
  const to = URL.canParse(location ?? '') ? ` to ${new URL(location ?? '').host}` : '';
  return new SettingError(`${server.place} redirects${to} (status ${status}), and a redirect is not followed`, {
    hint: `a standby node redirects to the active one: ${activeNode}; else check ${address}`,
  });
}

function notVault({ status, text }: VaultAnswer, server: VaultServer): SettingError {
  if (/HTTP request to an HTTPS server/i.test(text)) {
    return new SettingError(`${server.place} speaks TLS, and the option protocol is http`, {
      hint: `set ${variableOf('protocol')}=https`,
    });
  }
  return new SettingError(`what answers as ${server.place} is something else (status ${status}, no JSON)`, {
    hint: `check ${address}, and HTTPS_PROXY`,
  });
}

function unavailable(sentence: string, hint: string): UnavailableError {
  return new UnavailableError(sentence, { hint });
}

/** Vault's own words behind a colon, or nothing where they cannot be repeated. */
export function quote({ errors }: VaultAnswer, secrets: readonly string[]): string {
  const words = repeatable(errors.join('; ').trim().replace(/\s+/g, ' '), secrets);
  return words === '' ? '' : `: ${words}`;
}
