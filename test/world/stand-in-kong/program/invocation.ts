import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { appendEvent, type Invocation, parseEnviron } from '../record.ts';

export type Started = { readonly run: string; readonly environment: Readonly<Record<string, string>> };

/**
 * Records the start of a program. The environment comes from where its shell wrapper left or still has it,
 * since this process was given a changed one.
 */
export function recordStart(
  folder: string,
  program: Invocation['program'],
  argv: readonly string[],
  pid: number,
  environFile: string,
): Started {
  const run = randomUUID();
  const environ = readEnviron(environFile);
  const { ppid, pgid } = readStat(pid);
  const cwd = readlinkSync('/proc/self/cwd');
  const environBase64 = environ.toString('base64');
  appendEvent(folder, {
    event: 'start',
    run,
    program,
    arguments: argv,
    pid,
    ppid,
    pgid,
    cwd,
    environBase64,
    startedAt: Date.now(),
  });
  return { run, environment: parseEnviron(environ) };
}

export function recordEnd(folder: string, run: string, exitCode: number): void {
  appendEvent(folder, { event: 'end', run, endedAt: Date.now(), exitCode });
}

/** The wrapper may have been killed by now; then this process's own environment has to do. */
function readEnviron(file: string): Buffer {
  try {
    const environ = readFileSync(file);
    if (environ.length > 0) return environ;
  } catch {
    // Told by what follows.
  }
  return readFileSync('/proc/self/environ');
}

function readStat(pid: number): { ppid: number; pgid: number } {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/s, '').trim().split(' ').map(Number);
    return { ppid: fields[1] ?? 0, pgid: fields[2] ?? 0 };
  } catch {
    return { ppid: 1, pgid: 0 };
  }
}
