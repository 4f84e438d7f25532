import { closeSync, openSync, readSync } from 'node:fs';
import { NotExecutableError } from '../errors.ts';

const HEAD_BYTES = 4096;

/**
 * The other program that execve(2) loads with this one: what `#!` names, or the dynamic loader of an ELF file. Undefined for a program that needs
 * none, and for one that may be executed and not read. Throws NotExecutableError for what is not a program of this machine.
 */
export function interpreterOf(path: string): string | undefined {
  const head = readHead(path);
  if (head === undefined) return undefined;
  return head[0] === 0x23 && head[1] === 0x21 ? scriptInterpreter(head) : elfInterpreter(path, head);
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
