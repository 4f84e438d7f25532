import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { emulatorKey, startSecretsManager } from '../../test/emulators/secrets-manager.ts';
import { startPostgresqlFake } from './postgresql-fake.ts';
import { startClouds } from './rehearsal-clouds.ts';

/** The words and the environment of one run of the program. */
export type Run = { readonly words: readonly string[]; readonly environment: Readonly<Record<string, string>> };
export type Ended = { readonly output: string; readonly exitCode: number };

/** Starts that the build runs, all against fakes on the loopback. Each ends as the `kong` of `program`. */
export type Rehearsal = {
  /** A whole start: references, database, a child of `kong migrations`. */
  readonly whole: Run;
  /** The start that most are like, from its second run on: native, references handed over, the schema remembered as ready. */
  readonly warm: Run;
  /** Only the vault, and no child. */
  readonly vaultOnly: Run;
  /** The same from other vaults, each of which has parts of its own. */
  readonly otherVaults: readonly Run[];
  /** A secret that is not there. */
  readonly missing: Run;
  /** The `kong` alone, without us before it. */
  readonly program: string;
};

/** Says that the schema is ready; as what a start becomes, it shows what it was given and what it inherited. */
const kong = `#!/bin/sh
if [ "$1" = migrations ]; then
  echo '{"executed_migrations":[{"subsystem":"core","migrations":["000_base"],"namespace":"kong.db.migrations.core"}],"needs_bootstrap":false}'
elif [ "$1" != prepare ]; then
  echo "value: $KONG_ENTRYPOINT_VALUE_PG_PASSWORD"
  exec cat /proc/self/status /proc/self/fdinfo/1
fi
`;

/** The files of Kong that a warm start reads. */
const luaFiles = [
  'vaults/aws/init',
  'db/migrations/subsystems',
  'db/migrations/core/init',
  'db/migrations/core/000_base',
  'meta',
];

/** Kong and nginx as programs, Kong's Lua files, and a prefix that `kong prepare` has laid out. */
function layOut(folder: string): string {
  const program = join(folder, 'kong');
  for (const name of ['kong', 'nginx']) writeFileSync(join(folder, name), kong, { mode: 0o755 });
  for (const name of luaFiles) {
    const file = join(folder, 'lua', 'kong', `${name}.lua`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'return {}\n');
  }
  mkdirSync(join(folder, 'prefix', 'logs'), { recursive: true });
  return program;
}

/** Gives the action a rehearsal, and clears the stage afterwards whatever happens. */
export async function withRehearsal<T>(action: (rehearsal: Rehearsal) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kong-entrypoint-build-'));
  const password = 'rehearsal';
  const secret = JSON.stringify({ pg_user: 'kong', pg_password: password });
  const [secrets, database, clouds] = await Promise.all([
    startSecretsManager(),
    startPostgresqlFake(password),
    startClouds(folder, secret),
  ]);
  try {
    secrets.putSecret('database', secret);
    const program = layOut(folder);
    const environment = {
      PATH: `${folder}:/usr/local/bin:/usr/bin:/bin`,
      KONG_PG_HOST: '127.0.0.1',
      KONG_PG_PORT: String(database.port),
      KONG_PG_USER: '{vault://aws/database/pg_user}',
      KONG_PG_PASSWORD: '{vault://aws/database/pg_password}',
      KONG_VAULT_AWS_REGION: secrets.region,
      KONG_VAULT_AWS_ENDPOINT_URL: secrets.url,
      AWS_ACCESS_KEY_ID: emulatorKey.id,
      AWS_SECRET_ACCESS_KEY: emulatorKey.secret,
      AWS_EC2_METADATA_DISABLED: 'true',
      LUA_PATH: `${folder}/lua/?.lua;${folder}/lua/?/init.lua;;`,
      KONG_PREFIX: join(folder, 'prefix'),
    };
    const vaultOnly = ['--migrations', 'off', '--handover', 'values', 'kong', 'start'];
    return await action({
      whole: { words: ['--fast-path', 'off', '--handover', 'values', 'kong', 'start'], environment },
      warm: { words: ['--start', 'native', 'kong', 'docker-start'], environment },
      vaultOnly: { words: vaultOnly, environment },
      otherVaults: clouds.environments.map((other) => ({
        words: vaultOnly,
        environment: { ...environment, ...other },
      })),
      missing: { words: vaultOnly, environment: { ...environment, KONG_PG_USER: '{vault://aws/absent/pg_user}' } },
      program,
    });
  } finally {
    await Promise.all([secrets.close(), database.close(), clouds.close()]);
    rmSync(folder, { recursive: true });
  }
}

/**
 * Runs a program to its end, a minute at most. Both its outputs go to one pipe of the kernel, as in a container: those that Node makes for
 * a child are sockets.
 */
export function runThroughPipe(command: readonly string[], { words, environment }: Run): Promise<Ended> {
  const script = '{ "$@"; echo "exit status: $?"; } 2>&1 | cat';
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...command, ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve({ output, exitCode: Number(/exit status: (\d+)\n$/.exec(output)?.[1]) }));
  });
}
