import type { ServerResponse } from 'node:http';
import { type AzureRefusalName, azureRefusals } from './azure-refusals.ts';
import { answerLogin, type EntraApplication, type Reply } from './entra.ts';
import { answerVault, type VaultSecret } from './key-vault.ts';
import { type Request, startLoopbackServer } from './loopback-server.ts';
import { type MisbehaviourName, misbehaviours } from './misbehaviours.ts';
import { startProxy } from './proxy.ts';
import { selfSigned } from './self-signed.ts';

export const VAULT = 'kong-vault.vault.azure.net';
export const LOGIN = 'login.microsoftonline.com';
/** A vault and the Entra ID of another cloud. */
export const CHINA = { vault: 'kong-vault.vault.azure.cn', login: 'login.chinacloudapi.cn' } as const;

export type AzureFault = MisbehaviourName | AzureRefusalName;

export type Azure = {
  /** `host:port` of the port itself. */
  readonly address: string;
  /** For `HTTPS_PROXY`: it leads every host to this machine. */
  readonly proxyUrl: string;
  /** `host:port` of each tunnel that was asked for. */
  readonly tunnels: readonly string[];
  /** The certificate authority of all these hosts, in PEM. */
  readonly authority: string;
  readonly applications: EntraApplication[];
  /** The bearer token of each question that the vault let in. */
  readonly bearers: string[];
  /** Host, method and path of every request. */
  readonly requests: string[];
  putSecret(name: string, secret: string | VaultSecret): void;
  /** The vault accepts this token. */
  addToken(token: string): void;
  /** The next requests to this host, or all of them, meet this. */
  fail(host: string, fault: AzureFault, times?: number): void;
  recover(): void;
  close(): Promise<void>;
};

/** Entra ID and a Key Vault on a loopback port, under their own names and over TLS. */
export async function startAzure(hosts: readonly string[] = [VAULT, LOGIN, CHINA.vault, CHINA.login]): Promise<Azure> {
  const applications: EntraApplication[] = [];
  const secrets = new Map<string, VaultSecret>();
  const tokens = new Set<string>();
  const bearers: string[] = [];
  const requests: string[] = [];
  let faults: { readonly host: string; readonly fault: AzureFault; times: number }[] = [];

  async function serve(request: Request, response: ServerResponse): Promise<void> {
    const host = request.headers.host ?? '';
    requests.push(`${host} ${request.method} ${request.target.split('?')[0]}`);
    const fault = faults.find((next) => next.host === host);
    faults = faults.filter((next) => next !== fault || --next.times > 0);
    if (fault !== undefined) return misbehave(fault.fault, response);
    const content = { secrets, tokens, admit: (token: string) => bearers.push(token) };
    send(
      response,
      host.startsWith('login.') ? answerLogin(request, applications) : answerVault(request, host, content),
    );
  }

  const identity = selfSigned(...hosts);
  const server = await startLoopbackServer(serve, { identity });
  const address = new URL(server.url).host;
  const proxy = await startProxy({ route: address });
  return {
    address,
    proxyUrl: proxy.url,
    tunnels: proxy.tunnels,
    authority: identity.cert,
    applications,
    bearers,
    requests,
    putSecret: (name, secret) => secrets.set(name, typeof secret === 'string' ? { value: secret } : secret),
    addToken: (token) => tokens.add(token),
    fail: (host, fault, times = Number.POSITIVE_INFINITY) => faults.push({ host, fault, times }),
    recover() {
      faults = [];
    },
    async close() {
      await proxy.close();
      await server.close();
    },
  };
}

async function misbehave(fault: AzureFault, response: ServerResponse): Promise<void> {
  if (!(fault in misbehaviours)) return send(response, azureRefusals[fault as AzureRefusalName]);
  const answers = { type: 'application/json', beginning: '{"value":"hunter2' };
  return misbehaviours[fault as MisbehaviourName](response, answers);
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}
