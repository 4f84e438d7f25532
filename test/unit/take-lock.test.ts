import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Link } from '../../src/database/available/link.ts';
import { takeLock } from '../../src/database/lock/take-lock.ts';
import { createLog } from '../../src/log.ts';

const holder = { pid: 4711, address: '10.0.0.7', since: '12:03:04' };

/** A connection to a server at which this process holds the lock. */
const client = {
  query: async (text: string) => {
    if (text.includes('pg_try_advisory_xact_lock')) return { rows: [{ obtained: false }] };
    return { rows: text.includes('FROM pg_locks') ? [holder] : [] };
  },
};

/** The line of a start that has waited for the lock for so many minutes. */
async function lineAfter(minutes: number): Promise<string> {
  let now = 0;
  const clock = mock.method(performance, 'now', () => now);
  const stop = new AbortController();
  const lines: string[] = [];
  const link: Link = {
    run: (statements) => statements(client as never),
    release: () => undefined,
    close: async () => undefined,
  };
  const write = (line: string): void => {
    lines.push(line);
    if (lines.length === 2) stop.abort(new Error('seen enough'));
    now = minutes * 60_000;
  };
  const log = createLog({ level: 'info', format: 'text', write, now: Date.now });
  const { signal } = stop;
  await assert.rejects(
    takeLock({ open: () => link, subject: 'schema public', key: 1n, signal, stop: signal, log }),
    /seen enough/,
  );
  clock.mock.restore();
  return lines[1] ?? '';
}

const HELD =
  'kong-entrypoint: info: waiting for the lock on schema public, held by PostgreSQL process 4711 at 10.0.0.7 since 12:03:04 UTC; ';

test('a start that waits for the lock names the holder, and since when it holds it', async () => {
  assert.equal(await lineAfter(4), `${HELD}4 min so far\n`);
});

test('after five minutes it adds how to end a holder whose node is gone, and who may', async () => {
  assert.equal(
    await lineAfter(5),
    `${HELD}5 min so far; if its node is gone, end it: SELECT pg_terminate_backend(4711), as its own role, a member of pg_signal_backend, or a superuser\n`,
  );
});
