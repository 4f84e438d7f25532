import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type EntrypointResult, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import type { Invocation, StandInKong } from '../world/stand-in-kong/stand-in-kong.ts';
import type { Variables } from './how-to-start.ts';
import { type NativeRow, placeVariables } from './native-rows.ts';

/** All that a start leaves to see: what ran with what, the files of the prefix, and the end. Equal for two starts that are equal. */
export type Effects = {
  readonly result: EntrypointResult;
  readonly seen: Readonly<Record<string, unknown>>;
};

/** A shell adds these to what it was given; they say something of the shell only. */
const OF_A_SHELL = ['_', 'SHLVL', 'PWD', 'OLDPWD'];

/** Root may write anywhere, unless it gives that up: then a read-only folder is one for it, too. */
const AS_ANYBODY = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--'] : [];

/** Runs these words with `kong docker-start` as the row wants it, in a folder laid out again, and ends a Kong that serves. */
export async function effectsOf(
  words: readonly string[],
  row: NativeRow,
  kong: StandInKong,
  folder: string,
): Promise<Effects> {
  await layOutAnew(folder, row);
  kong.configure({ faults: row.faults ?? [] });
  kong.clearRecord();
  const environment = placeVariables(row, folder, given(kong));
  const running = await spawnEntrypoint({
    program: [...AS_ANYBODY, '/bin/sh', '-c', `${row.prelude ?? ''}\nexec "$@"`, 'sh'],
    args: [...words, 'kong', 'docker-start', ...(row.words ?? []).map((word) => word.replaceAll('FOLDER', folder))],
    environment,
    timeout: 20_000,
  });
  if (row.exitCode === undefined) await running.waitForLine('Kong started');
  const umask = row.exitCode === undefined ? umaskOf(running.pid) : undefined;
  if (row.exitCode === undefined) running.signal('SIGQUIT');
  const result = await running.finished;
  const programs = kong.record().filter(({ program }) => program !== 'docker-entrypoint.sh');
  const ran = programs.map((invocation) => describeInvocation(invocation, running.pid));
  const left = running.processesLeft();
  return { result, seen: { ran, umask, left, files: listFiles(folder) } };
}

function given({ bin, folder }: StandInKong): Variables {
  return {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: '/nonexistent',
    KONG_DATABASE: 'off',
    KONG_ADMIN_LISTEN: '127.0.0.1:0',
    KONG_PREFIX: 'FOLDER/prefix',
    KONG_ENTRYPOINT_MIGRATIONS: 'off',
    MARK: folder,
  };
}

async function layOutAnew(folder: string, { layOut }: NativeRow): Promise<void> {
  makeWritable(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o777 });
  await layOut?.(folder);
}

function makeWritable(folder: string): void {
  for (const path of walk(folder)) if (lstatSync(path).isDirectory()) chmodSync(path, 0o755);
}

function describeInvocation({ program, arguments: words, pid, cwd, environment }: Invocation, self: number) {
  const variables = Object.entries(environment).filter(([name]) => !OF_A_SHELL.includes(name));
  return { program, words, isTheContainer: pid === self, cwd, variables: variables.toSorted() };
}

function umaskOf(pid: number): string | undefined {
  return /^Umask:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
}

/** Every file: its kind, mode, and where a link leads or what is written in it, unless that names a process. */
function listFiles(folder: string): string[] {
  return walk(folder).map((path) => {
    const { mode } = lstatSync(path);
    return `${path} ${mode.toString(8)} ${contentOf(path)}`;
  });
}

function contentOf(path: string): string {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return readlinkSync(path);
  return stats.isFile() && !/\.ca_combined$|nginx\.pid$/.test(path) ? readFileSync(path, 'utf8') : '';
}

function walk(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .toSorted();
  } catch {
    return [];
  }
}
