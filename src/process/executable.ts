import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import { codeOf, NotExecutableError, ProgramNotFoundError } from '../errors.ts';

/** Where execvp(3) looks when the environment has no PATH. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const HEAD_BYTES = 4096;

/** A file's identity: two paths with equal device and inode are one file. */
export type FileIdentity = { readonly dev: number; readonly ino: number };

export type FindProgramOptions = {
  /** The value of PATH in the environment that the program will get. */
  readonly path: string | undefined;
  /** Our own executable: never found, so that we never run ourselves in a circle. */
  readonly self: FileIdentity | undefined;
};

/**
 * Finds what execve(2) would run for this word and proves that it can be run: a regular file, executable, not ourselves, an ELF
 * of this machine or a script whose interpreter is there. A failed execve cannot be caught, so all of it is looked at before.
 * Throws ProgramNotFoundError (127) or NotExecutableError (126). Returns the path.
 */
export function findProgram(word: string, options: FindProgramOptions): string {
  const path = word.includes('/') ? word : searchPath(word, options);
  assertExecutable(path, options.self);
  return path;
}

function searchPath(word: string, options: FindProgramOptions): string {
  const folders = (options.path || DEFAULT_PATH).split(':');
  const candidates = folders.map((folder) => `${folder || '.'}/${word}`);
  const found = candidates.find(isRunnable) ?? candidates.find(isFile);
  if (found !== undefined) return found;
  throw new ProgramNotFoundError(`${word}: no such program in PATH`, {
    hint: 'check the command, and that the image has the program; a program outside PATH needs its whole path',
  });
}

/** Throws unless execve(2) of this path, in this process, would succeed. */
export function assertExecutable(path: string, self: FileIdentity | undefined): void {
  const stats = readStats(path);
  if (!stats.isFile()) {
    throw new NotExecutableError(`${path} is not a file`, { hint: 'give the path of a program' });
  }
  if (isSameFile(stats, self)) {
    throw new NotExecutableError(`${path} is kong-entrypoint itself`, {
      hint: 'give the command that it is to become, such as kong docker-start',
    });
  }
  if (!isRunnable(path)) {
    throw new NotExecutableError(`${path} may not be executed`, {
      hint: 'check its mode (chmod +x), its owner, and that its file system is not mounted noexec',
    });
  }
  assertFormat(path, self);
}

export function isSameFile(stats: FileIdentity, self: FileIdentity | undefined): boolean {
  return self !== undefined && stats.dev === self.dev && stats.ino === self.ino;
}

function readStats(path: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') {
      throw new ProgramNotFoundError(`${path}: no such file`, { hint: 'check the path of the program', cause });
    }
    throw new NotExecutableError(`${path} cannot be looked at (${codeOf(cause)})`, {
      hint: 'check the permissions of the file and of the folders above it',
      cause,
    });
  }
}

function assertFormat(path: string, self: FileIdentity | undefined): void {
  const head = readHead(path);
  if (head === undefined) return;
  const interpreter = head[0] === 0x23 && head[1] === 0x21 ? scriptInterpreter(head) : elfInterpreter(path, head);
  if (interpreter === undefined) return;
  const stats = statSync(interpreter, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new ProgramNotFoundError(`${path} needs the interpreter ${interpreter}, which is not there`, {
      hint: 'install the interpreter in the image, or run a program that the image can run',
    });
  }
  if (!stats.isFile() || !isRunnable(interpreter) || isSameFile(stats, self)) {
    throw new NotExecutableError(`${path} needs the interpreter ${interpreter}, which may not be executed`, {
      hint: 'check the first line of the script and the mode of the interpreter',
    });
  }
}

function scriptInterpreter(head: Buffer): string {
  const line = head.toString('utf8').slice(2).split('\n', 1)[0] ?? '';
  return line.trim().split(/[ \t]/, 1)[0] ?? '';
}

const machines: Readonly<Partial<Record<string, number>>> = { x64: 62, arm64: 183 };

/** The dynamic loader of a 64-bit little-endian ELF of this machine; none for a static one. */
function elfInterpreter(path: string, head: Buffer): string | undefined {
  const isElf = head.length >= 64 && head.readUInt32BE(0) === 0x7f454c46;
  if (!isElf || head[4] !== 2 || head[5] !== 1 || head.readUInt16LE(18) !== machines[process.arch]) {
    throw new NotExecutableError(
      `${path} is neither a script with #! nor a program of this machine (${process.arch})`,
      {
        hint: 'start a script with #! and its interpreter; build a program for the architecture that the image runs on',
      },
    );
  }
  const offset = Number(head.readBigUInt64LE(32));
  const size = head.readUInt16LE(54);
  for (let index = 0; index < head.readUInt16LE(56); index++) {
    const at = offset + index * size;
    if (at + 40 > head.length) return undefined;
    if (head.readUInt32LE(at) !== 3) continue;
    const start = Number(head.readBigUInt64LE(at + 8));
    return head.toString('latin1', start, start + Number(head.readBigUInt64LE(at + 32)) - 1) || undefined;
  }
  return undefined;
}

/** The first bytes of the file; none where it may be executed and not read, which execve(2) allows. */
function readHead(path: string): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return false;
  }
  return isFile(path);
}
