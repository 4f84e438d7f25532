import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../world/free-port.ts';
import { whyNoProgram } from '../world/system-packages.ts';

export type Haproxy = { readonly port: number; close(): Promise<void> };

const PROGRAM = '/usr/sbin/haproxy';
const START_LIMIT = 15_000;

/** False where HAProxy is here, or could be installed from this system's packages; else the reason why not. */
export function whyNoHaproxy(): string | false {
  return whyNoProgram(PROGRAM, 'haproxy');
}

/** A real HAProxy on the loopback before these servers: the first that is up, and what was connected to one that went down is cut. */
export async function startHaproxy(
  servers: readonly { readonly host: string; readonly port: number }[],
): Promise<Haproxy> {
  const folder = mkdtempSync(join(tmpdir(), 'haproxy-'));
  const port = await freePort();
  const configuration = join(folder, 'haproxy.cfg');
  writeFileSync(configuration, configure(port, servers));
  const child = spawn(PROGRAM, ['-db', '-f', configuration], { stdio: 'ignore', cwd: '/', env: {} });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  await untilItListens(port, child);
  return {
    port,
    async close() {
      process.off('exit', kill);
      kill();
      while (child.exitCode === null && child.signalCode === null) await sleep(5);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configure(port: number, servers: readonly { readonly host: string; readonly port: number }[]): string {
  const lines = servers.map(({ host, port: serverPort }, index) => {
    return `  server postgresql-${index} ${host}:${serverPort} check${index === 0 ? '' : ' backup'}\n`;
  });
  return `defaults
  mode tcp
  timeout connect 2s
  timeout client 30m
  timeout server 30m
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
listen postgresql
  bind 127.0.0.1:${port}
${lines.join('')}`;
}

async function untilItListens(port: number, child: ChildProcess): Promise<void> {
  const limit = Date.now() + START_LIMIT;
  while (!(await listens(port))) {
    if (Date.now() > limit || child.exitCode !== null) throw new Error(`HAProxy did not start: ${child.exitCode}`);
    await sleep(20);
  }
}

function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
