import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
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

/** Serves the Admin API on the first address of `admin_listen`, and says where; undefined when it is off. The status API the same. */
export async function serveAdminApi(api: AdminApi): Promise<string | undefined> {
  await listenOn('status_listen', api, statusOf);
  const address = await listenOn('admin_listen', api, bodyOf);
  if (address === undefined) setInterval(() => undefined, 60_000);
  return address;
}

type Body = (url: string, api: AdminApi) => unknown;

async function listenOn(key: string, api: AdminApi, bodyOfUrl: Body): Promise<string | undefined> {
  const [first] = listSetting(api.effective, key);
  const address = /^(.+):(\d+)/.exec(first ?? '');
  if (address === null) return undefined;
  const server = createServer((request, response) => answer(response, bodyOfUrl(request.url ?? '', api)));
  server.listen(Number(address[2]), (address[1] ?? '').replace(/^\[(.*)\]$/, '$1'));
  await once(server, 'listening');
  return `${address[1]}:${(server.address() as AddressInfo).port}`;
}

function answer(response: ServerResponse, body: unknown): void {
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body ?? { message: 'Not found' }));
}

/** The status API: it is ready when the Admin API would be, and both are of one process here. */
function statusOf(url: string): unknown {
  if (url === '/status/ready') return { message: 'ready' };
  return url === '/status' ? { database: { reachable: true } } : undefined;
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
