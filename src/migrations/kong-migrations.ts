import type { MigrationsStep } from '../cli/command.ts';
import { ChildFailedError, type EntrypointError, UnavailableError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type ChildEnd, exitStatus, runChild } from '../process/child.ts';
import { createMask } from '../process/mask.ts';
import type { Phases } from '../process/phases.ts';
import type { Stop, WaitingLimit } from '../process/stop.ts';
import { printDuration } from '../process/wait.ts';
import type { Secret } from '../secret.ts';
import { isKongBefore } from '../settings/kong-version.ts';
import type { ChildEnvironment } from './child-environment.ts';
import { parseList, parseStatus, type SchemaState } from './schema-state.ts';

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
/** Reading the state is not a migration, and bounded. */
const READ_LIMIT = 120_000;
const MOST_CAPTURED = 1024 * 1024;

export function createKongMigrations(options: KongMigrationsOptions): KongMigrations {
  const conf = options.conf === undefined ? [] : ['-c', options.conf];

  async function read(command: 'status' | 'list'): Promise<Captured> {
    return capture(
      ['migrations', command, ...conf, ...DATABASE_TIMEOUT],
      await options.environmentFor('status'),
      options,
    );
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
        onOutput(stream, text) {
          lacksRight ||= /permission denied for schema/.test(text);
          options.write(stream, text);
        },
      };
      const words = ['migrations', step, ...own, ...timeout];
      const end = await options.waiting.uncounted(() => spawn(words, environment, options, running));
      if (exitStatus(end) !== 0) throw childFailed(step, end, environment, lacksRight ? GRANT : undefined);
    },
  };
}

type Captured = {
  readonly end: ChildEnd;
  readonly stdout: string;
  readonly stderr: string;
  readonly environment: ChildEnvironment;
};

async function capture(
  args: readonly string[],
  environment: ChildEnvironment,
  options: KongMigrationsOptions,
): Promise<Captured> {
  const text = { stdout: '', stderr: '' };
  const end = await spawn(args, environment, options, {
    timeLimit: READ_LIMIT,
    onOutput: (stream, part) => {
      text[stream] = (text[stream] + part).slice(-MOST_CAPTURED);
    },
  });
  return { end, ...text, environment };
}

type Running = {
  readonly timeLimit: number;
  readonly onOutput: (stream: 'stdout' | 'stderr', text: string) => void;
};

async function spawn(
  args: readonly string[],
  environment: ChildEnvironment,
  options: KongMigrationsOptions,
  { timeLimit, onOutput }: Running,
): Promise<ChildEnd> {
  let isLate = false;
  options.log.debug(`running kong ${args.join(' ')}`);
  const run = (): Promise<ChildEnd> =>
    runChild({
      argv: [options.kong, ...args],
      environment: environment.variables,
      mark: `KONG_PREFIX=${environment.variables['KONG_PREFIX']}`,
      mask: createMask(options.secrets()),
      onOutput,
      stop: options.stop,
      cancel: options.cancel,
      grace: options.grace,
      timeLimit,
      onTimeLimit: () => {
        isLate = true;
      },
    });
  const end = await options.phases.measure('migrations', run);
  options.stop.signal.throwIfAborted();
  options.cancel.throwIfAborted();
  if (isLate) throw tooLate(args, timeLimit);
  return end;
}

function tooLate(args: readonly string[], timeLimit: number): EntrypointError {
  return new UnavailableError(
    `kong ${args.slice(0, 2).join(' ')} did not end within ${printDuration(timeLimit)} and was stopped`,
    {
      hint: 'look at what holds locks in the database (pg_stat_activity); KONG_ENTRYPOINT_MIGRATIONS_TIMEOUT bounds a step',
    },
  );
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

const GRANT =
  'from PostgreSQL 15 on a role that does not own the database needs: GRANT CREATE ON SCHEMA public TO <role>';
const OUT_OF_MEMORY =
  "this program did not do it: look for the kernel's out-of-memory killer, and at the memory limit of the container";

function childFailed(
  command: string,
  end: ChildEnd,
  { blanked }: ChildEnvironment,
  why = 'signal' in end && end.signal === 'SIGKILL' ? OUT_OF_MEMORY : 'its own lines above say why',
): ChildFailedError {
  const how = 'signal' in end ? `was ended by ${end.signal}` : `failed with exit code ${end.exitCode}`;
  const note = blanked.length === 0 ? '' : `; blanked for it, as references it does not need: ${blanked.join(', ')}`;
  return new ChildFailedError(`kong migrations ${command} ${how}`, {
    exitCode: exitStatus(end) || 1,
    hint: `${why}${note}`,
  });
}
