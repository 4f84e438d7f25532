import type { SchemaRoles } from '../database/roles/schema-users.ts';
import { exitStatus } from '../process/child.ts';
import type { WaitingLimit } from '../process/stop.ts';
import { keepTail } from '../process/tail.ts';
import type { World } from '../process/world.ts';
import type { Dereferencer } from '../references/dereferencer.ts';
import { secretsIn } from '../references/known-settings.ts';
import type { NeededFor } from '../references/needed.ts';
import type { MigrationsStep } from '../settings/command.ts';
import type { EntrypointSettings } from '../settings/entrypoint-settings.ts';
import { isKongBefore } from '../settings/kong-version.ts';
import { type ChildEnvironment, type ChildSources, childEnvironment } from './child-environment.ts';
import { type Captured, captureKong, childFailed, type KongChild, type Running, runKong } from './kong-child.ts';
import { findKnownLine, hintFor, type KnownLine } from './kong-lines.ts';
import { countMigrations, parseList, parseStatus, type SchemaState } from './schema-state.ts';

/** The Kong of this start: its program, and what that is run with. */
export type KongProgram = Omit<ChildSources, 'prefix'> & {
  /** The path of the `kong` program. */
  readonly path: string;
  /** The command's `-c`. */
  readonly conf: string | undefined;
  readonly dereferencer: Dereferencer;
  /** Who migrates and who uses the tables; undefined where that is one role. */
  readonly roles?: SchemaRoles | undefined;
  readonly settings: Pick<EntrypointSettings, 'fastPath' | 'grace' | 'migrations' | 'migrationsTimeout'>;
  readonly waiting: WaitingLimit;
  readonly world: Pick<World, 'log' | 'phases' | 'stop' | 'write'>;
};

/** `kong migrations`, run as a child. */
export type KongMigrations = {
  /** Asks Kong for the state of the schema. Throws ChildFailedError where Kong cannot tell. */
  readState(): Promise<SchemaState>;
  /**
   * Runs a step with the arguments of the container's command, its output passed through, and returns what it printed on stdout, the last
   * of it. Its exit code 0 proves nothing.
   */
  run(step: MigrationsStep, args?: readonly string[]): Promise<string>;
};

/** Kong's own bound is `pg_timeout`, 5 s a statement, after which the server works on alone: so every command gets an hour. */
const DATABASE_TIMEOUT = ['--db-timeout', '3600'];

/** Characters of the end of a step's output that its proof may need; Kong prints about 60 for each migration. */
const MOST_PROVED = 256 * 1024;

const never = new AbortController().signal;

/** `kong migrations` in this prefix. `cancel` ends a running child; its reason is what is thrown. */
export function openKongMigrations(
  program: KongProgram,
  prefix: string,
  guard: () => AbortSignal = () => never,
): KongMigrations {
  const { settings, waiting, world } = program;
  const conf = program.conf === undefined ? [] : ['-c', program.conf];
  let toRun: ReturnType<typeof countMigrations> = { up: undefined, finish: undefined };

  /** Dereferences what this purpose needs besides the connection; a bootstrap alone needs `KONG_PASSWORD`. */
  async function prepare(purpose: 'status' | MigrationsStep, args: readonly string[]): Promise<KongChild> {
    const steps: readonly NeededFor[] = purpose === 'bootstrap' ? ['child', 'bootstrap'] : ['child'];
    const known = await program.dereferencer.fetchMissing(steps);
    const environment = childEnvironment(known.onlyFor(['connection', known.login, ...steps]), { ...program, prefix });
    const { grace } = settings;
    return { kong: program.path, args, environment, secrets: secretsIn(known), cancel: guard(), grace, world };
  }

  async function ask(command: 'status' | 'list'): Promise<Asked> {
    const child = await prepare('status', ['migrations', command, ...conf, ...DATABASE_TIMEOUT]);
    const answer = await captureKong(child);
    toRun = countMigrations(answer.printed.stdout);
    return { ...answer, environment: child.environment };
  }

  /** The output of a command that only asks was not passed on, and it says why the command failed. */
  function failed(command: string, { end, masked, environment }: Asked): Error {
    world.write('stderr', masked.stderr === '' ? masked.stdout : masked.stderr);
    return childFailed(command, end, environment);
  }

  return {
    async readState() {
      const answer = isKongBefore(program.dereferencer.known.kongVersion, 3, 0) ? undefined : await ask('status');
      const state = answer === undefined ? undefined : parseStatus(answer.printed.stdout);
      if (state !== undefined) return state;
      if (answer !== undefined && !isUnknownCommand(answer)) throw failed('status', answer);
      const list = await ask('list');
      const listed = parseList(exitStatus(list.end), list.printed.stdout + list.printed.stderr);
      if (listed === undefined) throw failed('list', list);
      return listed;
    },

    async run(step, args = []) {
      const timeout = args.some((arg) => arg.startsWith('--db-timeout')) ? [] : DATABASE_TIMEOUT;
      const child = await prepare(step, ['migrations', step, ...(args.length > 0 ? args : conf), ...timeout]);
      let known: KnownLine | undefined;
      const stdout = keepTail(MOST_PROVED);
      const running: Running = {
        timeLimit: settings.migrationsTimeout,
        total: step === 'bootstrap' ? undefined : toRun[step],
        onOutput(stream, masked, printed) {
          known ??= findKnownLine(printed);
          if (stream === 'stdout') stdout.add(printed);
          world.write(stream, masked);
        },
      };
      const end = await waiting.uncounted(() => runKong(child, running));
      if (exitStatus(end) !== 0) throw childFailed(step, end, child.environment, hintFor(known));
      return stdout.text();
    },
  };
}

type Asked = Captured & { readonly environment: ChildEnvironment };

/** Before 3.0 there is no `status`, and Kong prints its usage instead. */
function isUnknownCommand({ printed }: Captured): boolean {
  return /no such command|usage:|invalid command|unknown/i.test(printed.stdout + printed.stderr);
}
