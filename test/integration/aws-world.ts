import type { SecretsManager } from '../emulators/secrets-manager.ts';
import type { AccessKey } from '../emulators/signature-v4.ts';
import { type Environment, type OpenVault, openVault } from './vault-world.ts';

export type { Environment, OpenVault as AwsVault } from './vault-world.ts';

export function awsVault(environment: Environment, signal = new AbortController().signal): OpenVault {
  return openVault(environment, { signal });
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
