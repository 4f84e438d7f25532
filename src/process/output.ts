import { writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { codeOf } from '../errors.ts';

type Descriptor = 1 | 2;

/** How long a reader that takes nothing may hold us up, when somebody else made the pipe non-blocking. */
const LONGEST_STALL = 10_000;
const STALL_STEP = 5;

/** Writes all of the text. A reader that is gone is not an error: a container's log may be closed, and the start goes on. */
export function writeOutput(descriptor: Descriptor, text: string, encoding: 'utf8' | 'latin1' = 'utf8'): void {
  const bytes = Buffer.from(text, encoding);
  let stalled = 0;
  for (let offset = 0; offset < bytes.length && stalled < LONGEST_STALL; ) {
    try {
      offset += writeSync(descriptor, bytes, offset);
      stalled = 0;
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') return;
      stalled += STALL_STEP;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_STEP);
    }
  }
}

/**
 * Replaces `process.stdout` and `process.stderr` before anything creates the runtime's own, which put O_NONBLOCK on a pipe; the flag
 * belongs to the pipe and would stay with Kong and whoever else writes to it. Any `stream.pipe()` of a library creates them. Ours are
 * made when they are asked for, too: most starts write to the descriptors alone.
 */
export function keepOutputBlocking(): void {
  for (const [name, descriptor] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    let stream: Writable | undefined;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get() {
        stream ??= blockingStream(descriptor);
        return stream;
      },
    });
  }
}

function blockingStream(descriptor: Descriptor): Writable {
  const { Writable: WritableStream } = process.getBuiltinModule('node:stream');
  const stream = new WritableStream({
    write(chunk: Buffer, _encoding, done) {
      writeOutput(descriptor, chunk.toString('latin1'), 'latin1');
      done();
    },
  });
  return Object.assign(stream, { fd: descriptor });
}
