import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf, EntrypointError } from '../errors.ts';

/** Why a file was not read, in words that follow its path. */
export class UnreadableFileError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.name = 'UnreadableFileError';
    this.code = code;
  }
}

const MOST_BYTES = 1024 * 1024;

const reasons: Readonly<Partial<Record<string, string>>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'its permissions do not allow this user to read it',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links form a loop',
};

/**
 * The text of a regular file of at most 1 MiB. Anything else (a folder, a pipe that would never end, a file too large) throws
 * UnreadableFileError at once; nothing is waited for.
 */
export function readTextFile(path: string): string {
  return readFileBytes(path).toString('utf8');
}

export type ReadOptions = {
  /** Whether the last part of the path may be a symbolic link. */
  readonly followLink?: boolean;
  /** Sees the opened descriptor before anything is read; what it throws is thrown. */
  readonly admit?: (descriptor: number) => void;
};

/** The same as bytes, for who has to know whether they are text. */
export function readFileBytes(path: string, { followLink = true, admit }: ReadOptions = {}): Buffer {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (followLink ? 0 : constants.O_NOFOLLOW);
  let descriptor: number;
  try {
    descriptor = openSync(path, flags);
  } catch (error) {
    throw unreadable(codeOf(error));
  }
  try {
    admit?.(descriptor);
    return readOpenFile(descriptor);
  } catch (error) {
    throw error instanceof UnreadableFileError || error instanceof EntrypointError ? error : unreadable(codeOf(error));
  } finally {
    closeSync(descriptor);
  }
}

function readOpenFile(descriptor: number): Buffer {
  const stats = fstatSync(descriptor);
  if (stats.isDirectory()) throw unreadable('EISDIR');
  if (!stats.isFile()) throw new UnreadableFileError('it is not a regular file', 'unknown');
  const bytes = Buffer.alloc(MOST_BYTES + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = readSync(descriptor, bytes, length, bytes.length - length, null);
  }
  if (length > MOST_BYTES) throw new UnreadableFileError('it is larger than 1 MiB', 'EFBIG');
  return bytes.subarray(0, length);
}

function unreadable(code: string): UnreadableFileError {
  return new UnreadableFileError(reasons[code] ?? `the system says ${code}`, code);
}
