import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandLine } from './command-line.ts';
import { KongError, type Output } from './output.ts';
import { preparePrefix, writeNginxFiles } from './prefix.ts';
import { type Dereferencing, dereferenceAll, dereferenceOne } from './references.ts';
import { loadSettings, type Settings } from './settings.ts';

/** A command about the Kong that runs in the prefix. */
export type OfRunning = {
  readonly folder: string;
  readonly commandLine: CommandLine;
  readonly output: Output;
  readonly means: Dereferencing;
};

/** The settings that the running Kong was prepared with, and over them the environment (kong/cmd, 3.9). */
export function settingsOfRunning({ commandLine, means }: OfRunning): Settings {
  const { environment } = means;
  const { conf, prefix } = commandLine;
  const file = join(loadSettings({ environment, conf, prefix }).get('prefix') ?? '', '.kong_env');
  if (!existsSync(file)) throw new KongError(`Kong is not running at ${file.replace(/\/\.kong_env$/, '')}`);
  return loadSettings({ environment, conf: file, prefix });
}

/** Prepares the prefix again, from what this command was given, and has nginx read it. */
export async function reload(command: OfRunning): Promise<number> {
  const settings = settingsOfRunning(command);
  writeNginxFiles(await preparePrefix(settings, command.output), settings);
  await dereferenceAll(settings, command.means);
  process.kill(pidOf(settings), 'SIGHUP');
  command.output.say('Kong reloaded');
  return 0;
}

export async function end(command: OfRunning, signal: 'SIGQUIT' | 'SIGTERM'): Promise<number> {
  const pid = pidOf(settingsOfRunning(command));
  process.kill(pid, signal);
  while (isRunning(pid)) await sleep(20);
  command.output.say('Kong stopped');
  return 0;
}

export async function restart(command: OfRunning): Promise<number> {
  const pid = pidOf(settingsOfRunning(command));
  await end(command, 'SIGTERM');
  const words = ['start', ...(command.commandLine.conf === undefined ? [] : ['-c', command.commandLine.conf])];
  spawn(join(command.folder, 'bin', 'kong'), words, {
    env: { ...command.means.environment },
    stdio: 'ignore',
    detached: true,
  }).unref();
  const settings = settingsOfRunning(command);
  while (pidOf(settings) === pid) await sleep(20);
  return 0;
}

/** The file is the command's own word here. */
export async function check({ commandLine, output, means }: OfRunning): Promise<number> {
  const conf = commandLine.words[1];
  await dereferenceAll(loadSettings({ environment: means.environment, conf, prefix: undefined }), means);
  output.say(`configuration at ${conf} is valid`);
  return 0;
}

export async function vaultGet({ commandLine, output, means }: OfRunning): Promise<number> {
  const { environment } = means;
  const settings = loadSettings({ environment, conf: commandLine.conf, prefix: commandLine.prefix });
  const reference = commandLine.words[2] ?? '';
  output.say(
    await dereferenceOne(reference, settings, means).catch((error: Error) => {
      throw new KongError(error.message);
    }),
  );
  return 0;
}

function pidOf(settings: Settings): number {
  const prefix = settings.get('prefix') ?? '';
  const file = join(prefix, 'pids', 'nginx.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (pid === 0) throw new KongError(`Kong is not running at ${prefix}`);
  return pid;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
