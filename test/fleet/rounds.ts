import { setTimeout as sleep } from 'node:timers/promises';
import {
  createScene,
  isHandedOver,
  repeated,
  runsOf,
  type Scene,
  startOf,
  type Variables,
} from '../migrations/scene.ts';
import {
  type EntrypointResult,
  type RunningEntrypoint,
  runEntrypoint,
  spawnEntrypoint,
} from '../world/kong-entrypoint.ts';
import { createNetwork, type Machine } from './network.ts';
import { randomFrom } from './random.ts';
import { onMachine, serverOn } from './stage.ts';

export const NODES = 20;
/** Milliseconds: a bootstrap of eleven steps, while which they vanish. */
const kong = { stepMilliseconds: 250 } as const;
const AT_WORK = 3500;

/** A server and machines for the nodes of so many rounds at a time. */
export type Field = {
  /** Plays a round whose dice fall as the seed says. */
  play(seed: number): Promise<Round>;
  close(): Promise<void>;
};

/** What a round came to. */
export type Round = {
  readonly seed: number;
  /** What the nodes that vanished were doing. */
  readonly vanished: readonly string[];
  readonly handedOver: number;
  /** Seconds from its own start to the hand-over of the slowest survivor. */
  readonly slowest: number;
  readonly bootstraps: number;
  /** Steps that were completed more than once. */
  readonly twice: readonly string[];
  /** Whether Kong finds its schema up to date in the end. */
  readonly isReady: boolean;
  /** What the survivors wrote that were not handed over, and Kong where its schema is not up to date. */
  readonly failures: readonly string[];
};

export async function openField(): Promise<Field> {
  const network = await createNetwork();
  const server = await network.addMachine();
  const scene = await createScene({ postgresql: serverOn(server), kong });
  await scene.world.createKongDatabase();
  const idle: Machine[][] = [];
  return {
    async play(seed) {
      const machines = idle.pop() ?? (await addMachines(NODES, network));
      const environment = { ...(await scene.freshEnvironment()), KONG_PG_HOST: server.address };
      const round = await playRound({ scene, environment, machines, seed });
      idle.push(machines);
      return round;
    },
    async close() {
      await scene.close();
      network.close();
    },
  };
}

async function addMachines(count: number, { addMachine }: { addMachine(): Promise<Machine> }): Promise<Machine[]> {
  const machines: Machine[] = [];
  while (machines.length < count) machines.push(await addMachine());
  return machines;
}

type Given = {
  readonly scene: Scene;
  readonly environment: Variables;
  readonly machines: readonly Machine[];
  readonly seed: number;
};

type Node = { readonly machine: Machine; readonly running: RunningEntrypoint };

/** 10 % vanish: one of the two is any node, and one is the node that is at work on the schema at that moment. */
async function playRound(given: Given): Promise<Round> {
  const { environment, machines, seed } = given;
  const random = randomFrom(seed);
  const nodes = await Promise.all(
    machines.map(async (machine): Promise<Node> => {
      await sleep(random() * 500);
      return { machine, running: await spawnEntrypoint(onMachine(machine, startOf(environment))) };
    }),
  );
  const vanished = new Map<Node, string>();
  const [first, second] = [random() * AT_WORK, random() * AT_WORK];
  const any = nodes[Math.floor(random() * nodes.length)];
  await Promise.all([
    sleep(first).then(() => any !== undefined && vanish(any, vanished)),
    untilOneWorks(nodes).then(async () => {
      await sleep(second);
      const victim =
        nodes.find((node) => !vanished.has(node) && isAtWork(node)) ?? nodes.find((node) => !vanished.has(node));
      if (victim !== undefined) vanish(victim, vanished);
    }),
  ]);
  const survivors = nodes.filter((node) => !vanished.has(node));
  const results = await Promise.all(survivors.map(({ running }) => running.finished));
  const list = await listMigrations(given, survivors);
  for (const { machine } of vanished.keys()) machine.mendLink();
  return { seed, vanished: [...vanished.values()], ...judge(given, results, list) };
}

function judge(
  given: Given,
  results: readonly EntrypointResult[],
  list: EntrypointResult,
): Omit<Round, 'seed' | 'vanished'> {
  const record = given.scene.recordOf(given.environment);
  const completed = record.flatMap(({ steps }) => steps.filter((step) => step.completed));
  return {
    handedOver: results.filter(isHandedOver).length,
    slowest: Math.max(...results.map(({ durationMs }) => durationMs)) / 1000,
    bootstraps: runsOf(record, 'bootstrap').length,
    twice: repeated(completed.map(({ subsystem, name, phase }) => `${subsystem} ${name} ${phase}`)),
    isReady: list.exitCode === 0,
    failures: [
      ...results.filter((result) => !isHandedOver(result)).map(({ stderr }) => stderr.slice(-800)),
      ...(list.exitCode === 0 ? [] : [`kong migrations list: ${list.exitCode} ${list.stdout}${list.stderr}`]),
    ],
  };
}

/** What Kong says of its schema, asked on a machine that is still there. */
async function listMigrations({ scene, environment }: Given, survivors: readonly Node[]): Promise<EntrypointResult> {
  const [survivor] = survivors;
  if (survivor === undefined) throw new Error('no node is left');
  const list = { program: [scene.world.kong.kong], args: ['migrations', 'list'], environment };
  return runEntrypoint(onMachine(survivor.machine, list));
}

/** As a machine that loses its power: the link first, so that no word of its end gets out. */
function vanish(node: Node, vanished: Map<Node, string>): void {
  vanished.set(node, whatItDoes(node));
  node.machine.cutLink();
  node.running.kill();
}

function whatItDoes({ running }: Node): string {
  if (running.stderr().includes('handing over')) return 'handed over';
  return running.stderr().includes('bootstrapping schema') ? 'at work' : 'waiting';
}

function isAtWork(node: Node): boolean {
  return whatItDoes(node) === 'at work';
}

async function untilOneWorks(nodes: readonly Node[]): Promise<void> {
  for (let waited = 0; waited < 60_000 && !nodes.some(isAtWork); waited += 50) await sleep(50);
}
