import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mock, test } from 'node:test';
import type { Client } from 'pg';
import { hold } from '../../src/database/lock/hold-lock.ts';
import { createLog } from '../../src/log.ts';

/** A connection of which only the heartbeat is looked at: it answers, fails, or is silent. */
class Connection extends EventEmitter {
  broken = 0;
  readonly asked: string[] = [];
  readonly answer: () => Promise<object>;
  readonly connection = { stream: { destroy: () => this.breakOff() } };

  constructor(answer: () => Promise<object>) {
    super();
    this.answer = answer;
  }

  query(text: string): Promise<object> {
    this.asked.push(text);
    return this.answer();
  }

  async end(): Promise<void> {
    this.emit('end');
  }

  private breakOff(): void {
    this.broken += 1;
    this.emit('end');
  }
}

type Row = readonly [what: string, answer: () => Promise<object>, afterBeat: number, afterLimit: number];

const rows: readonly Row[] = [
  ['answers, is kept', async () => ({}), 0, 0],
  ['fails, is broken off at once', () => Promise.reject(new Error('gone')), 1, 1],
  ['is silent, is broken off after 20 s', () => new Promise(() => undefined), 0, 1],
];

for (const [what, answer, afterBeat, afterLimit] of rows) {
  test(`a connection of the lock that, asked after a minute, ${what}`, async () => {
    mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
    const lines: string[] = [];
    const connection = new Connection(answer);
    const signal = new AbortController().signal;
    const lock = hold(
      { client: connection as unknown as Client, pid: 1, server: '1' },
      {
        open: () => ({
          run: () => new Promise(() => undefined),
          release: () => undefined,
          close: async () => undefined,
        }),
        subject: 'schema public',
        key: 1n,
        signal,
        stop: signal,
        log: createLog({ level: 'warn', format: 'text', write: (line) => void lines.push(line), now: Date.now }),
      },
    );
    mock.timers.tick(60_000);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([connection.asked, connection.broken], [['SELECT 1'], afterBeat]);
    mock.timers.tick(20_000);
    assert.equal(connection.broken, afterLimit);
    assert.equal(lines.length, afterLimit, 'a lost lock is sought again, and told of');
    mock.timers.reset();
    if (afterLimit === 0) await lock.release();
  });
}
