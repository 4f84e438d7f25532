import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { isSea } from 'node:sea';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CommandLine, type GivenCommand, readCommandLine } from './cli/command-line.ts';
import type { Diagnosis } from './cli/diagnosis.ts';
import { helpText } from './cli/help.ts';
import { readLogSettings } from './cli/log-settings.ts';
import { reportError } from './cli/report-error.ts';
import { versionText } from './cli/version.ts';
import { assertStringsFit, type HandOver, replaceProcess } from './handover/replace-process.ts';
import { createLog, type Log } from './log.ts';
import { assertExecutable, type FileIdentity } from './process/executable.ts';
import { keepOutputBlocking, writeOutput } from './process/output.ts';
import { createPhases } from './process/phases.ts';
import { listenForStop, type Stop } from './process/stop.ts';
import type { World } from './process/world.ts';
import { type EnvironmentSnapshot, parseEnvironmentBlock, snapshotEnvironment } from './settings/environment.ts';
import { start } from './start.ts';

/** The program. Reads what the process was given, runs the start, and ends as Kong or with an exit status. */
export async function main(): Promise<void> {
  const stop = listenForStop();
  keepOutputBlocking();
  const snapshot = takeEnvironment();
  const argv = wordsGiven();
  let log = openLog(new Map(), snapshot);
  process.on('uncaughtException', (error) => process.exit(reportError(error, log)));
  try {
    const commandLine = readCommandLine(argv);
    if (commandLine.kind !== 'command') return printAndExit(commandLine);
    log = openLog(commandLine.options, snapshot);
    const self = identifySelf();
    const world = { log, stop, self, phases: createPhases(), write: passOn };
    if (commandLine.diagnosis !== undefined) return await answer(commandLine, commandLine.diagnosis, snapshot, world);
    const handOver = await start({ commandLine, snapshot }, world);
    if (handOver === undefined) process.exit(0);
    await become(handOver, stop, self);
  } catch (error) {
    process.exit(reportError(error, log));
  }
}

/** Under the name of `rm`, which Kong's chart runs in an image that need not have one, that word is the command. */
function wordsGiven(): readonly string[] {
  const words = process.argv.slice(2);
  return basename(process.argv0) === 'rm' ? ['rm', ...words] : words;
}

/**
 * The environment as the kernel has it, and none left for this process: no variable of the container acts on what we do, and no library
 * finds a `PG*`, `AWS_*` or `NODE_*` that was meant for Kong.
 */
function takeEnvironment(): EnvironmentSnapshot {
  const snapshot = readEnvironment();
  for (const name of Object.keys(process.env)) delete process.env[name];
  // Libraries look for a home; without HOME the runtime asks for the user's entry in passwd, which an arbitrary uid does not have.
  process.env['HOME'] = '/nonexistent';
  return snapshot;
}

function readEnvironment(): EnvironmentSnapshot {
  try {
    return parseEnvironmentBlock(readFileSync('/proc/self/environ'));
  } catch {
    return snapshotEnvironment(process.env);
  }
}

function openLog(options: ReadonlyMap<string, string>, snapshot: EnvironmentSnapshot): Log {
  const { format, level } = readLogSettings(options, snapshot.variables);
  return createLog({ format, level, write: (line) => writeOutput(2, line), now: Date.now });
}

function printAndExit({ kind }: Exclude<CommandLine, GivenCommand>): never {
  writeOutput(1, kind === 'help' ? helpText() : versionText());
  process.exit(0);
}

/** A question in place of a start. What answers it is loaded only here. */
async function answer(
  commandLine: GivenCommand,
  diagnosis: Diagnosis,
  snapshot: EnvironmentSnapshot,
  world: World,
): Promise<never> {
  const { diagnose } = await import('./diagnostics/diagnose.ts');
  const hasColour = process.getBuiltinModule('node:tty').isatty(1) && (snapshot.variables['NO_COLOR'] ?? '') === '';
  const { text, exitCode } = await diagnose({ commandLine, snapshot }, diagnosis, world, hasColour);
  writeOutput(1, text);
  process.exit(exitCode);
}

function identifySelf(): FileIdentity | undefined {
  const path = isSea() ? process.execPath : process.argv[1];
  return path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
}

function passOn(stream: 'stdout' | 'stderr', text: string): void {
  writeOutput(stream === 'stdout' ? 1 : 2, text, 'latin1');
}

/** One more turn of the event loop, so that a signal that has come already is heard; then this process is the program. */
async function become(handOver: HandOver, stop: Stop, self: FileIdentity | undefined): Promise<never> {
  assertExecutable(handOver.path, self);
  assertStringsFit(handOver);
  await nextTurn();
  stop.signal.throwIfAborted();
  return replaceProcess(handOver);
}

void main();
