import assert from 'node:assert/strict';
import { EntrypointError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { parseReference } from '../../src/references/reference.ts';
import { revealSecret } from '../../src/secret.ts';
import { collectSettings } from '../../src/settings/collect-settings.ts';
import { createSecretSource } from '../../src/vaults/secret-source.ts';

export type Environment = Readonly<Record<string, string>>;

/** A vault in an environment, as the rest of the program uses it. */
export type OpenVault = {
  /** The text of the whole secret. */
  read(reference: string): Promise<string>;
  /** The error as an operator meets it: code, subject, sentence, hint. Nothing that is listed as hidden may be in it. */
  failure(reference: string): Promise<string>;
  readonly lines: string[];
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
  const log = createLog({ level: 'info', format: 'text', write: (line) => lines.push(line), now: Date.now });
  const settings = collectSettings({ environment, conf: { path: '/etc/kong/kong.conf', settings: conf } });
  const source = createSecretSource({ settings, world: { environment, log, signal } });
  const fetch = async (reference: string) => source.fetch(source.prepare(parseReference(reference)));
  return {
    read: async (reference) => revealSecret(await fetch(reference)),
    failure: async (reference) => {
      const error: unknown = await fetch(reference).then(
        () => assert.fail('this cannot be read'),
        (thrown) => thrown,
      );
      if (!(error instanceof EntrypointError)) throw error;
      assert.equal(error.cause, undefined, 'no error of a library is kept');
      const subject = error.subject === undefined ? '' : `${error.subject}: `;
      const text = `${error.exitCode} ${subject}${error.message} | ${error.hint}`;
      for (const value of hidden) assert.ok(!`${text}${lines.join('')}`.includes(value), 'a secret is told');
      return text;
    },
    lines,
  };
}
