import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesUnder, readPathAndFile } from '../world/files-under.ts';
import { listProcesses, readEnviron } from '../world/processes.ts';
import { holdsMark } from './unmistakable.ts';

/** Looks for the secret wherever it could have got out, while starts run and after them. */
export type Sweep = {
  /** Looks at all processes and files as they are now. */
  look(): void;
  /** Looks at a text, such as what a start printed. */
  read(place: string, text: string): void;
  /** Looks at everything that a process can address. */
  memory(pid: number): void;
  /** How many places were searched; an error if one of them held the secret. */
  clean(): number;
  stop(): void;
};

const WATCH_EVERY = 200;
/** Folders of tests that run beside this one, with secrets of their own. */
const others = /^(?:world|postgresql|pgbouncer|prefixes|node-compile-cache|faults)-/;
/** The one process that may hold the value: `kong migrations` and what it starts. */
const isMigrations = (environ: string): boolean => environ.includes('KONG_PREFIX=/tmp/kong-entrypoint-');

/** Begins to watch. `except` are folders that are not looked into, for what records the child holds what the child held. */
export function startSweep(folder: string, except: readonly string[]): Sweep {
  const findings = new Set<string>();
  const before = new Set(readdirSync(tmpdir()));
  let places = 0;

  function read(place: string, text: string): void {
    places += 1;
    if (holdsMark(text)) findings.add(place);
  }

  function lookAtProcesses(): void {
    for (const { pid, commandLine } of listProcesses()) {
      if (pid === process.pid) continue;
      read(`the command line of ${commandLine[0]}`, commandLine.join(' '));
      const environ = readEnviron(pid).toString('latin1');
      if (!isMigrations(environ)) read(`the environment of ${commandLine.join(' ')}`, environ);
    }
  }

  function lookAtFiles(): void {
    const fresh = readdirSync(tmpdir()).filter((name) => !before.has(name) && !others.test(name));
    for (const path of [folder, ...fresh.map((name) => join(tmpdir(), name))]) {
      for (const file of filesUnder(path, except)) read(file, readPathAndFile(file));
    }
  }

  const watch = setInterval(lookAtProcesses, WATCH_EVERY);
  return {
    look() {
      lookAtProcesses();
      lookAtFiles();
    },
    read,
    memory(pid) {
      for (const [place, bytes] of readMemory(pid)) read(`the memory of process ${pid} at ${place}`, bytes);
    },
    clean() {
      assert.deepEqual([...findings], [], 'the secret got out');
      return places;
    },
    stop: () => clearInterval(watch),
  };
}

const LARGEST_MAPPING = 256 * 1024 * 1024;

/** Every mapping of the process that can be read, with its line of /proc/PID/maps. */
export function* readMemory(pid: number): Generator<readonly [string, string]> {
  const maps = readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n');
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of maps) {
      const [, start = '0', end = '0'] = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(line) ?? [];
      const bytes = readMapping(memory, BigInt(`0x${start}`), Number.parseInt(end, 16) - Number.parseInt(start, 16));
      if (bytes !== undefined) yield [line, bytes.toString('latin1')];
    }
  } finally {
    closeSync(memory);
  }
}

/** The kernel's own pages cannot be read, and what was only reserved is empty. */
function readMapping(memory: number, start: bigint, size: number): Buffer | undefined {
  if (size <= 0 || size > LARGEST_MAPPING) return undefined;
  const bytes = Buffer.alloc(size);
  try {
    return bytes.subarray(0, readSync(memory, bytes, 0, size, start));
  } catch {
    return undefined;
  }
}
