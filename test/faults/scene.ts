import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { emulatorKey, type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import { writeProgram } from '../end-to-end/kong-that.ts';
import { programs } from '../end-to-end/programs.ts';
import type { EntrypointOptions } from '../world/kong-entrypoint.ts';
import {
  installStandInKong,
  type Knobs,
  type StandInKong,
  type StandInOptions,
} from '../world/stand-in-kong/stand-in-kong.ts';
import { createWorld, KONG_USER, type World } from '../world/world.ts';
import { note } from './figures.ts';
import { type Sweep, startSweep } from './sweep.ts';
import { PASSWORD } from './unmistakable.ts';

export type Variables = Readonly<Record<string, string>>;
export type FreshEnvironment = Variables & { readonly KONG_PG_DATABASE: string };

/** A world for many starts at once: nothing of it is changed between them, and each has a database and a `kong` of its own. */
export type Scene = {
  readonly world: World;
  readonly vault: SecretsManager;
  readonly sweep: Sweep;
  /** The variables of the how-to, for an empty database. Kong, once handed over to, says so and ends, or sleeps where `STAY` is set. */
  freshEnvironment(): Promise<FreshEnvironment>;
  /** The same with a `kong` that begins with this script whenever it is asked for migrations. */
  withMigrations(environment: FreshEnvironment, script: string): FreshEnvironment;
  /** A stand-in of Kong beside that of the world, and a PATH that leads to it. */
  install(knobs: Partial<Knobs>): StandInKong;
  /** What SQL finds, asked as the superuser. */
  ask(environment: Variables, sql: string): Promise<Record<string, unknown>[]>;
  /** Ends the scene. The log of the database, every statement of it, is searched first. */
  close(): Promise<void>;
};

export const SECRET = 'kong-gateway-database';
/** The open-source layout, whose fast path is known; a backend for AWS is asked for all the same. */
const kong = { edition: 'open-source', lockSeconds: 2 } as const;

/** The binary, which is what an image runs; `FAULTS_PROGRAM=bundle` takes the other. */
export const program = programs.find(({ name }) => name === (process.env['FAULTS_PROGRAM'] ?? 'binary')) ?? programs[0];

export async function createScene(options: StandInOptions = {}): Promise<Scene> {
  const world = await createWorld({ kong: { ...kong, ...options } });
  const vault = await startSecretsManager();
  vault.putSecret(SECRET, JSON.stringify({ pg_user: KONG_USER, pg_password: PASSWORD }));
  await world.createKongDatabase();
  await world.postgresql.query(`ALTER ROLE ${KONG_USER} PASSWORD '${PASSWORD.replaceAll("'", "''")}'`);
  world.postgresql.configure({
    settings: { log_statement: 'all', log_connections: 'on', log_line_prefix: '%p %d %a ', max_connections: '400' },
  });
  await world.postgresql.restart();
  const unlogged = world.postgresql.log().length;
  const become = writeProgram(
    join(world.folder, 'become-kong'),
    '#!/bin/sh\necho "this is Kong now"\n[ -n "$STAY" ] && exec sleep 300\nexit 0\n',
  );
  const installed = [world.kong];
  const sweep = startSweep(world.folder, [join(world.folder, 'kongs'), world.kong.folder]);

  return {
    world,
    vault,
    sweep,
    async freshEnvironment() {
      return {
        ...(await world.createKongDatabase()),
        KONG_VERSION: '3.9.3',
        KONG_PG_USER: `{vault://aws/${SECRET}/pg_user}`,
        KONG_PG_PASSWORD: `{vault://aws/${SECRET}/pg_password}`,
        KONG_VAULT_AWS_REGION: vault.region,
        KONG_VAULT_AWS_ENDPOINT_URL: vault.url,
        AWS_ACCESS_KEY_ID: emulatorKey.id,
        AWS_SECRET_ACCESS_KEY: emulatorKey.secret,
        KONG_ENTRYPOINT_HANDOVER: 'references',
        KONG_ENTRYPOINT_PROGRAM: become,
      };
    },
    withMigrations(environment, script) {
      const bin = join(world.folder, 'bin', environment.KONG_PG_DATABASE);
      writeProgram(join(bin, 'kong'), `#!/bin/sh\n${script}\nexec '${world.kong.kong}' "$@"\n`);
      return { ...environment, PATH: `${bin}:${environment['PATH']}` };
    },
    install(knobs) {
      const another = installStandInKong(join(world.folder, 'kongs', String(installed.length)), { ...kong, ...knobs });
      installed.push(another);
      return another;
    },
    ask: (environment, sql) => world.postgresql.query(sql, { database: environment['KONG_PG_DATABASE'] ?? '' }),
    async close() {
      sweep.stop();
      sweep.read('the log of the database', world.postgresql.log().slice(unlogged));
      await vault.close();
      await world.close();
      const figure = `${sweep.clean()} places searched, the log of the database among them`;
      const what = `nothing got out of all that ran in ${basename(process.argv[1] ?? '')}`;
      note({ part: 'leaks', what, result: 'holds', figure });
    },
  };
}

/** A start with a text in its environment that marks all that comes of it. No core is dumped, for one would be a finding. */
export function startOf(
  environment: Variables,
  args: readonly string[] = ['kong', 'docker-start'],
  prelude = 'ulimit -c 0',
): EntrypointOptions & { readonly marker: string } {
  const marker = randomUUID();
  return {
    program: ['/bin/sh', '-c', `${prelude}\nexec "$@"`, 'sh', ...(program?.words ?? [])],
    args: ['--log-level', 'debug', ...args],
    environment: { ...environment, START: marker },
    cwd: '/',
    marker,
    timeout: 60_000,
  };
}

export async function until(isSo: () => boolean | Promise<boolean>, what = 'it', limit = 15_000): Promise<void> {
  for (let waited = 0; waited < limit; waited += 20) {
    if (await isSo()) return;
    await sleep(20);
  }
  throw new Error(`${what} did not come about`);
}
