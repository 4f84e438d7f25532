import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Program, programs } from '../end-to-end/programs.ts';
import { type EntrypointOptions, type EntrypointResult, runEntrypoint } from '../world/kong-entrypoint.ts';
import type { Invocation, Step } from '../world/stand-in-kong/stand-in-kong.ts';
import { createWorld, type World, type WorldOptions } from '../world/world.ts';

export type Variables = Readonly<Record<string, string>>;

/** A world in which Kong, once it is handed over to, says so and ends: what comes before is what is proven here. */
export type Scene = {
  readonly world: World;
  /** Variables that lead to a database of its own, which is empty. */
  freshEnvironment(): Promise<Variables & { readonly KONG_PG_DATABASE: string }>;
  /** Runs `kong migrations` without us, as people do by hand. */
  kong(environment: Variables, command: string): Promise<void>;
  /** What was run of Kong on this database since the scene was made. */
  recordOf(environment: Variables): Invocation[];
  /** What SQL finds in this database, asked as the superuser. */
  ask<R extends object>(environment: Variables, sql: string): Promise<R[]>;
  close(): Promise<void>;
};

const HANDED_OVER = 'this is Kong now';

export const [binary] = programs;

export async function createScene(options: WorldOptions = {}): Promise<Scene> {
  const world = await createWorld(options);
  const program = join(world.folder, 'become-kong');
  writeFileSync(program, `#!/bin/sh\necho '${HANDED_OVER}'\n`);
  chmodSync(program, 0o755);
  return {
    world,
    async freshEnvironment() {
      const environment = await world.createKongDatabase();
      return { ...environment, KONG_VERSION: '3.9.3', KONG_ENTRYPOINT_PROGRAM: program };
    },
    async kong(environment, command) {
      const program = [world.kong.kong];
      const { exitCode } = await runEntrypoint({ program, args: ['migrations', command], environment });
      assert.equal(exitCode, 0);
    },
    recordOf: ({ KONG_PG_DATABASE }) =>
      world.kong.record().filter(({ environment }) => environment['KONG_PG_DATABASE'] === KONG_PG_DATABASE),
    ask: async <R extends object>({ KONG_PG_DATABASE = '' }: Variables, sql: string) =>
      (await world.postgresql.query(sql, { database: KONG_PG_DATABASE })) as R[],
    close: () => world.close(),
  };
}

/** A start of `kong docker-start` with these options of ours, or of other words. A text in its environment marks all that comes of it. */
export function startOf(
  environment: Variables,
  options: readonly string[] = [],
  { words = ['kong', 'docker-start'], program = binary }: { words?: readonly string[]; program?: Program } = {},
): EntrypointOptions & { readonly marker: string } {
  const marker = randomUUID();
  return {
    program: program.words,
    args: [...options, ...words],
    environment: { ...environment, START: marker },
    marker,
    timeout: 180_000,
  };
}

export function isHandedOver({ exitCode, stdout }: EntrypointResult): boolean {
  return exitCode === 0 && stdout.includes(HANDED_OVER);
}

/** What an operator reads at the end: the lines of error and hint, without our name before them. */
export function verdict({ stderr }: EntrypointResult): string[] {
  const lines = stderr.split('\n').map((line) => line.replace(/^kong-entrypoint: /, ''));
  return lines.filter((line) => /^(?:error|hint): /.test(line));
}

/** The runs of one command of `kong migrations`, such as `bootstrap`. */
export function runsOf(record: readonly Invocation[], command: string): Invocation[] {
  return record.filter(({ arguments: words }) => words[0] === 'migrations' && words[1] === command);
}

/** All steps that were run, as `subsystem name phase`. */
export function stepsOf(record: readonly Invocation[]): string[] {
  return record.flatMap(({ steps }) => steps.map(nameStep));
}

function nameStep({ subsystem, name, phase }: Step): string {
  return `${subsystem} ${name} ${phase}`;
}

/** Those that are in the list more than once. */
export function repeated(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}
