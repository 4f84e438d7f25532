import type { AwsCredentialIdentity } from '@smithy/types';
import { textOf } from '../text-of.ts';
import type { VaultOptionValues, VaultWorld } from '../vault.ts';
import { explainAwsError } from './aws-errors.ts';
import type { ClientInput } from './client-options.ts';
import { type AwsRequestHandler, openConnection } from './connection.ts';
import { isEcsTask } from './container-credentials.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import { type InstanceMetadata, instanceMetadata } from './instance-metadata.ts';
import { findRegion, type Region } from './region.ts';
import { readSharedProfile, type SharedProfile } from './shared-profile.ts';

/** What the options and the world come to: where to call, and as whom. */
export type AwsSession = {
  readonly region: Region;
  readonly requestHandler: AwsRequestHandler;
  /** For the SDK, which keeps the credentials until they expire. Throws AccessRefusedError and what STS comes to. */
  credentials(): Promise<AwsCredentialIdentity>;
  /** Those that were used last, for the words of an error. */
  lastUsed(): Credentials | undefined;
};

type Found = {
  readonly region: Region;
  readonly profile: SharedProfile;
  readonly instance: InstanceMetadata | undefined;
  readonly sts: ClientInput;
};

/** Finds the region; credentials only once they are asked for. Throws SettingError for a region, a proxy or a CA. */
export async function openSession(options: VaultOptionValues, world: VaultWorld): Promise<AwsSession> {
  const requestHandler = openConnection(world);
  const profile = await readSharedProfile(world.environment);
  const instance = instanceMetadata(requestHandler, world);
  const region = await findRegion({
    option: textOf(options, 'region'),
    profile,
    handler: requestHandler,
    instance,
    world,
  });
  const sts = { region: region.name, endpoint: textOf(options, 'sts_endpoint_url'), requestHandler };
  const found = { region, profile, instance, sts };
  let used: Credentials | undefined;
  return {
    region,
    requestHandler,
    async credentials() {
      const own = await findCredentials({ profile, instance, sts, world });
      used = own;
      used = await inRole(own, options, found, world);
      return used.identity;
    },
    lastUsed: () => used,
  };
}

async function inRole(
  own: Credentials,
  options: VaultOptionValues,
  found: Found,
  world: VaultWorld,
): Promise<Credentials> {
  const arn = textOf(options, 'assume_role_arn');
  if (arn === undefined) return own;
  const role = { arn, sessionName: textOf(options, 'role_session_name') ?? 'KongVault' };
  try {
    const { assumeRole } = await import('./assume-role.ts');
    return { identity: await assumeRole(role, own.identity, found.sts), link: `role ${arn}, by ${own.link}` };
  } catch (error) {
    world.signal.throwIfAborted();
    throw explainAwsError(error, {
      action: 'sts:AssumeRole',
      target: `role ${arn}`,
      resource: arn,
      region: found.region,
      endpoint: found.sts.endpoint,
      credentials: own,
      ecsTask: isEcsTask(world.environment),
    });
  }
}
