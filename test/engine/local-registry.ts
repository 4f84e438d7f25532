import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../world/free-port.ts';
import { whyNoProgram } from '../world/system-packages.ts';

export type LocalRegistry = { readonly address: string; close(): Promise<void> };

const START_TIMEOUT = 20_000;

/** Debian's `docker-registry` on a port of loopback, and `skopeo`, which are installed where they are missing and root may. */
export async function startRegistry(): Promise<LocalRegistry> {
  for (const name of ['docker-registry', 'skopeo']) {
    const why = whyNoProgram(`/usr/bin/${name}`, name);
    if (why !== false) throw new Error(why);
  }
  const folder = mkdtempSync(join(tmpdir(), 'registry-'));
  const address = `127.0.0.1:${await freePort()}`;
  const storage = { filesystem: { rootdirectory: join(folder, 'data') } };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ version: 0.1, storage, http: { addr: address } }));
  const server = spawn('docker-registry', ['serve', join(folder, 'config.json')], { stdio: 'ignore' });
  const close = async (): Promise<void> => {
    await end(server);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilAnswers(server, `http://${address}/v2/`);
  } catch (error) {
    await close();
    throw error;
  }
  return { address, close };
}

async function untilAnswers(server: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT;
  while (
    !(await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (server.exitCode !== null || Date.now() > deadline) throw new Error(`the registry does not answer at ${url}`);
    await sleep(100);
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill();
  await ended;
}
