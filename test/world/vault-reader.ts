import assert from 'node:assert/strict';
import { EntrypointError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { dereference } from '../../src/references/dereference.ts';
import { knowSettings } from '../../src/references/known-settings.ts';
import { parseReference } from '../../src/references/reference.ts';
import { revealSecret } from '../../src/secret.ts';
import { openVaults } from '../../src/vaults/open-vaults.ts';
import { settingsFrom } from './settings.ts';

export type VaultReaderOptions = {
  /** What `/etc/kong/kong.conf` holds. */
  readonly conf?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** References as a start dereferences them, key and base64 included. */
export type VaultReader = {
  /** The value. */
  read(reference: string): Promise<string>;
  /** The values by setting, of as many references as there are settings. */
  readAll(references: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>>;
  /** What reading this would do, by `--plan`: the place, how it is entered, and the key that is looked up. */
  forecast(
    reference: string,
  ): Promise<readonly [endpoint: string, authentication: string, secretKey: string | undefined]>;
  /** The error as an operator meets it: code, what it concerns, sentence, hint. */
  failure(reference: string): Promise<string>;
  /** What was logged from `info` on, and the same with `debug`. */
  readonly lines: string[];
  readonly debugLines: string[];
};

/** The vaults in an environment. The one setting of `read` is `pg_password`, whose value is for us and not for Kong. */
export function vaultReader(
  environment: Readonly<Record<string, string>>,
  { conf, signal = new AbortController().signal }: VaultReaderOptions = {},
): VaultReader {
  const debugLines: string[] = [];
  const log = createLog({ level: 'debug', format: 'text', write: (line) => debugLines.push(line), now: Date.now });

  function sourceFor(references: Readonly<Record<string, string>>) {
    const settings = settingsFrom({
      environment: { ...environment, ...references },
      ...(conf === undefined ? {} : { conf: { path: '/etc/kong/kong.conf', settings: conf } }),
    });
    return { settings, source: openVaults({ settings, world: { environment, log, signal } }) };
  }

  async function readAll(references: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
    const { settings, source } = sourceFor(references);
    const found = knowSettings({ settings }).references.filter(({ setting }) => !setting.key.startsWith('vault_'));
    const options = { source, kongVersion: undefined, handover: 'values', signal } as const;
    const { values } = await dereference(found, options).finally(() => source.close());
    return Object.fromEntries([...values].map(([{ setting }, secret]) => [setting.key, revealSecret(secret)]));
  }

  return {
    readAll,
    async forecast(reference) {
      const { source } = sourceFor({});
      const request = source.prepare(parseReference(reference));
      const { endpoint, authentication } = await source.forecast(request);
      return [endpoint, authentication, request.secretKey];
    },
    read: async (reference) => (await readAll({ KONG_PG_PASSWORD: reference }))['pg_password'] ?? '',
    failure: async (reference) => {
      const error: unknown = await readAll({ KONG_PG_PASSWORD: reference }).then(
        () => assert.fail('this cannot be read'),
        (thrown) => thrown,
      );
      if (!(error instanceof EntrypointError)) throw error;
      return `${error.exitCode} ${error.subject}: ${error.message} | ${error.hint}`;
    },
    get lines() {
      return debugLines.filter((line) => !line.startsWith('kong-entrypoint: debug:'));
    },
    debugLines,
  };
}
