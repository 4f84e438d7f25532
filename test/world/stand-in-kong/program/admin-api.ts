import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Knobs } from '../knobs.ts';
import { listSetting, type Settings } from './settings.ts';

export type AdminApi = {
  /** The settings as they were given: what the API shows of a reference is the reference. */
  readonly given: Settings;
  readonly effective: Settings;
  readonly knobs: Knobs;
};

const HIDDEN = /password|_key$|token|secret/;

/** Serves the Admin API on the first address of `admin_listen`, and says where; undefined when it is off. */
export async function serveAdminApi(api: AdminApi): Promise<string | undefined> {
  const [first] = listSetting(api.effective, 'admin_listen');
  const address = /^(.+):(\d+)/.exec(first ?? '');
  if (address === null) {
    setInterval(() => undefined, 60_000);
    return undefined;
  }
  const server = createServer((request, response) => answer(request, response, api));
  server.listen(Number(address[2]), (address[1] ?? '').replace(/^\[(.*)\]$/, '$1'));
  await once(server, 'listening');
  return `${address[1]}:${(server.address() as AddressInfo).port}`;
}

function answer(request: IncomingMessage, response: ServerResponse, api: AdminApi): void {
  const body = bodyOf(request.url ?? '', api);
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body ?? { message: 'Not found' }));
}

function bodyOf(url: string, { given, knobs }: AdminApi): unknown {
  if (url === '/status') return { database: { reachable: true } };
  if (url !== '/') return undefined;
  const configuration = [...given].map(([key, value]) => [key, HIDDEN.test(key) ? '******' : value]);
  return {
    version: knobs.version,
    edition: knobs.edition === 'enterprise' ? 'enterprise' : 'community',
    tagline: 'Welcome to kong',
    pids: { master: process.pid },
    pid: process.pid,
    configuration: Object.fromEntries(configuration),
  };
}
