import type { MigrationsStep } from '../cli/command.ts';
import { GRANT_CREATE } from '../database/available/fault-sentences.ts';
import type { Log } from '../log.ts';
import { exitStatus } from '../process/child.ts';
import type { Phases } from '../process/phases.ts';
import type { Stop, WaitingLimit } from '../process/stop.ts';
import type { Secret } from '../secret.ts';
import { isKongBefore } from '../settings/kong-version.ts';
import type { ChildEnvironment } from './child-environment.ts';
import { type Captured, capture, childFailed, type Running, spawn } from './kong-child.ts';
import { countMigrations, parseList, parseStatus, type SchemaState } from './schema-state.ts';

export type KongMigrationsOptions = {
  /** The path of the `kong` program. */
  readonly kong: string;
  /** The child's environment: what reading the state needs, or what this step needs. */
  readonly environmentFor: (purpose: 'status' | MigrationsStep) => Promise<ChildEnvironment>;
  /** The command's `-c`. */
  readonly conf: string | undefined;
  readonly kongVersion: string | undefined;
  /** Values that must not appear in the output; read anew for each child. */
  readonly secrets: () => readonly Secret[];
  readonly stop: Stop;
  /** Ends a running child, as when the lock is lost; its reason is what is thrown. */
  readonly cancel: AbortSignal;
  readonly grace: number;
  /** Bound on a step in milliseconds; 0 is none. */
  readonly timeLimit: number;
  readonly waiting: WaitingLimit;
  readonly log: Log;
  readonly phases: Phases;
  readonly write: (stream: 'stdout' | 'stderr', text: string) => void;
};

/** `kong migrations`, run as a child. */
export type KongMigrations = {
  /** Asks Kong for the state of the schema. Throws ChildFailedError where Kong cannot tell. */
  readState(): Promise<SchemaState>;
  /** Runs a step with the arguments of the container's command, its output passed through. Its exit code 0 proves nothing. */
  run(step: MigrationsStep, args?: readonly string[]): Promise<void>;
};

/** Kong's own bound is `pg_timeout`, 5 s a statement, after which the server works on alone: so every command gets an hour. */
const DATABASE_TIMEOUT = ['--db-timeout', '3600'];

export function createKongMigrations(options: KongMigrationsOptions): KongMigrations {
  const conf = options.conf === undefined ? [] : ['-c', options.conf];
  let toRun: ReturnType<typeof countMigrations> = { up: undefined, finish: undefined };

  async function read(command: 'status' | 'list'): Promise<Captured> {
    const answer = await capture(
      ['migrations', command, ...conf, ...DATABASE_TIMEOUT],
      await options.environmentFor('status'),
      options,
    );
    toRun = countMigrations(answer.stdout);
    return answer;
  }

  return {
    async readState() {
      const isOld = options.kongVersion !== undefined && isKongBefore(options.kongVersion, 3, 0);
      const answer = isOld ? undefined : await read('status');
      const state = answer === undefined ? undefined : parseStatus(answer.stdout);
      if (state !== undefined) return state;
      if (answer !== undefined && !isUnknownCommand(answer)) throw failed('status', answer, options);
      const list = await read('list');
      const listed = parseList(exitStatus(list.end), list.stdout + list.stderr);
      if (listed === undefined) throw failed('list', list, options);
      return listed;
    },

    async run(step, args = []) {
      const timeout = args.some((arg) => arg.startsWith('--db-timeout')) ? [] : DATABASE_TIMEOUT;
      const own = args.length > 0 ? args : conf;
      const environment = await options.environmentFor(step);
      let lacksRight = false;
      const running: Running = {
        timeLimit: options.timeLimit,
        total: step === 'bootstrap' ? undefined : toRun[step],
        onOutput(stream, text) {
          lacksRight ||= /permission denied for schema/.test(text);
          options.write(stream, text);
        },
      };
      const words = ['migrations', step, ...own, ...timeout];
      const end = await options.waiting.uncounted(() => spawn(words, environment, options, running));
      if (exitStatus(end) !== 0) throw childFailed(step, end, environment, lacksRight ? GRANT_CREATE : undefined);
    },
  };
}

/** Before 3.0 there is no `status`, and Kong prints its usage instead. */
function isUnknownCommand({ stdout, stderr }: Captured): boolean {
  return /no such command|usage:|invalid command|unknown/i.test(stdout + stderr);
}

/** The command only asked: nobody saw its output yet, and it is what says why. */
function failed(
  command: string,
  { end, stdout, stderr, environment }: Captured,
  { write }: KongMigrationsOptions,
): Error {
  write('stderr', stderr === '' ? stdout : stderr);
  return childFailed(command, end, environment);
}
