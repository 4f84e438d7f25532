import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { codeOf, NotExecutableError, ProgramNotFoundError } from '../errors.ts';
import { interpreterOf } from './program-format.ts';

/** Where execvp(3) looks when the environment has no PATH. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

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
  const interpreter = interpreterOf(path);
  if (interpreter !== undefined) assertInterpreter(path, interpreter, self);
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

function assertInterpreter(path: string, interpreter: string, self: FileIdentity | undefined): void {
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
