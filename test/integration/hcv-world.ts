import assert from 'node:assert/strict';
import { createLog } from '../../src/log.ts';
import type { Settings } from '../../src/settings/setting.ts';
import { openVaults } from '../../src/vaults/open-vaults.ts';
import type { VaultEmulator } from '../emulators/hashicorp-vault.ts';
import { settingsFrom } from '../world/settings.ts';
import { readThrough } from './read-through.ts';

export type Environment = Readonly<Record<string, string>>;

/** Texts that no error and no line of the log may hold, whatever happens. */
export const forbidden = ['half-of-the-sec', 'hunter2', 's3cr3t'];

/** The hcv vault in an environment, as the rest of the program uses it. */
export type HcvVault = {
  /** The text of the whole secret. */
  read(reference: string): Promise<string>;
  /** The error as an operator meets it: code, sentence, hint. */
  failure(reference: string): Promise<string>;
  close(): Promise<void>;
  /** Of the log, without the debug lines. */
  readonly lines: string[];
  readonly debugLines: string[];
};

export type HcvOptions = {
  readonly signal?: AbortSignal;
  /** Settings instead of those of the environment. */
  readonly settings?: Settings;
};

export function hcvVault(environment: Environment, options: HcvOptions = {}): HcvVault {
  const { signal = new AbortController().signal, settings = settingsFrom({ environment }) } = options;
  const lines: string[] = [];
  const debugLines: string[] = [];
  const write = (line: string): void => {
    assertSilent(line);
    (line.includes(': debug: ') ? debugLines : lines).push(line.replace('kong-entrypoint: ', '').trimEnd());
  };
  const log = createLog({ level: 'debug', format: 'text', write, now: Date.now });
  const source = openVaults({ settings, world: { environment, log, signal } });
  const { read, thrown } = readThrough(source);
  return {
    read,
    failure: async (reference) => {
      const error = await thrown(reference);
      const subject = error.subject === undefined ? '' : `${error.subject}: `;
      const text = `${error.exitCode} ${subject}${error.message} | ${error.hint}`;
      assertSilent(`${text} ${String(error.stack)} ${String(error.cause)}`);
      return text;
    },
    close: () => source.close(),
    lines,
    debugLines,
  };
}

function assertSilent(text: string): void {
  for (const secret of forbidden) assert.ok(!text.includes(secret), `tells a secret: ${text}`);
}

/** The variables that lead to the emulator, with a token that may read everything. */
export function atVault(vault: VaultEmulator): Environment {
  return { ...placeOf(vault), KONG_VAULT_HCV_TOKEN: vault.createToken() };
}

/** The same without a token. */
export function placeOf(vault: VaultEmulator): Environment {
  const { protocol, port } = new URL(vault.url);
  return { KONG_VAULT_HCV_PROTOCOL: protocol.replace(':', ''), KONG_VAULT_HCV_PORT: port };
}
