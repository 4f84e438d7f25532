import assert from 'node:assert/strict';
import { createLog } from '../../src/log.ts';
import { openVaults } from '../../src/vaults/open-vaults.ts';
import type { SecretsManager } from '../emulators/secrets-manager.ts';
import type { AccessKey } from '../emulators/signature-v4.ts';
import { settingsFrom } from '../world/settings.ts';
import { readThrough } from './read-through.ts';

export type Environment = Readonly<Record<string, string>>;

/** The aws vault in an environment, as the rest of the program uses it. */
export type AwsVault = {
  /** The text of the whole secret. */
  read(reference: string): Promise<string>;
  /** The error as an operator meets it: code, sentence, hint. */
  failure(reference: string): Promise<string>;
  readonly lines: string[];
};

export function awsVault(environment: Environment, signal = new AbortController().signal): AwsVault {
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'text', write: (line) => lines.push(line), now: Date.now });
  const settings = settingsFrom({ environment });
  const source = openVaults({ settings, world: { environment, log, signal } });
  const { read, thrown } = readThrough(source);
  return {
    read,
    failure: async (reference) => {
      const error = await thrown(reference);
      assert(!('$metadata' in Object(error.cause)), 'the error of the SDK is not kept');
      return `${error.exitCode} ${error.message} | ${error.hint}`;
    },
    lines,
  };
}

/** An environment whose calls go to the emulator, in its region. No link of the credential chain leaves this machine. */
export function atEmulator(emulator: SecretsManager): Environment {
  return {
    HOME: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
    KONG_VAULT_AWS_ENDPOINT_URL: emulator.url,
    KONG_VAULT_AWS_REGION: emulator.region,
  };
}

export function keysOf({ id, secret, sessionToken }: AccessKey): Environment {
  return {
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
  };
}
