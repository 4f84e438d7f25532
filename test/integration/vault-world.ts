import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { createLog } from '../../src/log.ts';
import { UnreadableFileError } from '../../src/process/read-file.ts';
import { openVaults } from '../../src/vaults/open-vaults.ts';
import { settingsFrom } from '../world/settings.ts';
import { readThrough } from './read-through.ts';
import { timed } from './timed.ts';

export type Environment = Readonly<Record<string, string>>;

/** The vaults in an environment, as the rest of the program uses them. */
export type OpenVault = {
  /** The text of the whole secret. */
  read(reference: string): Promise<string>;
  /** The error as an operator meets it: code, subject, sentence, hint. Nothing that is listed as hidden may be in it. */
  failure(reference: string): Promise<string>;
  close(): Promise<void>;
  /** Of the log, without the debug lines. */
  readonly lines: string[];
  readonly debugLines: string[];
};

export type OpenVaultOptions = {
  readonly signal?: AbortSignal;
  /** What kong.conf says. */
  readonly conf?: Readonly<Record<string, string>>;
  /** What no error and no line of the log may hold. */
  readonly hidden?: readonly string[];
};

export function openVault(environment: Environment, options: OpenVaultOptions = {}): OpenVault {
  const { signal = new AbortController().signal, conf = {}, hidden = [] } = options;
  const lines: string[] = [];
  const debugLines: string[] = [];

  function assertSilent(text: string): void {
    for (const value of hidden) assert.ok(!text.includes(value), 'a secret is told');
  }

  function write(line: string): void {
    assertSilent(line);
    (line.includes(': debug: ') ? debugLines : lines).push(line.replace('kong-entrypoint: ', '').trimEnd());
  }

  const log = createLog({ level: 'debug', format: 'text', write, now: Date.now });
  const settings = settingsFrom({ environment, conf: { path: '/etc/kong/kong.conf', settings: conf } });
  const source = openVaults({ settings, world: { environment, log, signal } });
  const { read, thrown } = readThrough(source);
  return {
    read,
    failure: async (reference) => {
      const error = await thrown(reference);
      assert.ok(
        error.cause === undefined || error.cause instanceof UnreadableFileError,
        'no error of a library is kept',
      );
      const subject = error.subject === undefined ? '' : `${error.subject}: `;
      const text = `${error.exitCode} ${subject}${error.message} | ${error.hint}`;
      assertSilent(`${text} ${error.stack}`);
      return text;
    },
    close: () => source.close(),
    lines,
    debugLines,
  };
}

/** Stops a start that reads, so many milliseconds after it began: it ends at once, with the reason of the stop. */
export async function assertStopsAtOnce(
  read: (signal: AbortSignal) => Promise<string>,
  milliseconds: number,
): Promise<void> {
  const stop = new AbortController();
  const reading = read(stop.signal).catch((error: unknown) => error);
  await pause(milliseconds);
  const reason = new Error('stopped by TERM');
  const took = await timed(async () => {
    stop.abort(reason);
    assert.equal(await reading, reason);
  });
  assert.ok(took < 1500, `${took} ms`);
}
