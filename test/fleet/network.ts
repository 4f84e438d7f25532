import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { serverAccount } from '../world/postgresql-binaries.ts';
import { whyNotRun } from '../world/system-packages.ts';

/** A machine of the network: a network namespace with one address, behind a link that can be cut. */
export type Machine = {
  readonly address: string;
  /** Words before a program that run it here. */
  readonly within: readonly string[];
  /** The same for a server, which gets the account that servers have in these tests. */
  readonly withinAsServer: readonly string[];
  /** From now on nothing gets to this machine or away from it, and nobody is told: no FIN, no RST, no ICMP. */
  cutLink(): void;
  mendLink(): void;
};

/** A network of its own, which nothing else of this system is on. */
export type Network = {
  addMachine(): Promise<Machine>;
  close(): void;
};

const PREFIX = '10.213';
const MOST_MACHINES = 60_000;

let reason: string | false | undefined;

/** False where network namespaces can be made here; else the reason why not. */
export function whyNoNetwork(): string | false {
  reason ??=
    process.getuid?.() === 0 ? whyNotRun('network namespace', makeBridge()) : 'no network namespace: only for root';
  return reason;
}

function makeBridge(): string[] {
  return ['unshare', '--net', 'ip', 'link', 'add', 'hub', 'type', 'bridge'];
}

/** Makes a bridge in a namespace. All of it is gone with the process that made it, whatever ends that. */
export async function createNetwork(): Promise<Network> {
  const holders: ChildProcess[] = [];
  const hub = await holdNamespace(holders);
  run(hub, `ip link add hub type bridge && ip link set hub up`);
  let machines = 0;
  return {
    async addMachine() {
      machines += 1;
      if (machines > MOST_MACHINES) throw new Error('the network is full');
      const link = `port${machines}`;
      const address = `${PREFIX}.${Math.floor(machines / 250)}.${(machines % 250) + 1}`;
      const namespace = await holdNamespace(holders);
      run(hub, `ip link add ${link} type veth peer name eth0 netns ${namespace} && ip link set ${link} master hub up`);
      run(namespace, `ip link set lo up && ip addr add ${address}/16 dev eth0 && ip link set eth0 up`);
      return {
        address,
        within: enter(namespace),
        withinAsServer: [...enter(namespace), ...asServer()],
        cutLink: () => run(hub, `ip link set ${link} down`),
        mendLink: () => run(hub, `ip link set ${link} up`),
      };
    },
    close() {
      for (const holder of holders) holder.kill('SIGKILL');
    },
  };
}

/** A process in a namespace of its own that ends with its input, which is with this process. */
async function holdNamespace(holders: ChildProcess[]): Promise<number> {
  const holder = spawn('unshare', ['--net', 'sh', '-c', 'echo made; exec cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  holders.push(holder);
  await once(holder.stdout, 'data');
  holder.unref();
  if (holder.pid === undefined) throw new Error('the namespace has no process');
  return holder.pid;
}

function enter(namespace: number): string[] {
  return ['/usr/bin/nsenter', `--net=/proc/${namespace}/ns/net`, '--'];
}

/** Words before a program that give it the account of a server. */
export function asServer(): string[] {
  const account = serverAccount();
  if (account === undefined) return [];
  return ['/usr/bin/setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', '--'];
}

function run(namespace: number, script: string): void {
  const [program = '', ...words] = [...enter(namespace), 'sh', '-c', script];
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
}
