import { SettingError } from '../../errors.ts';
import type { VaultWorld } from '../vault.ts';
import type { AwsRequestHandler } from './connection.ts';
import { reasonFor } from './finding.ts';
import type { InstanceMetadata } from './instance-metadata.ts';
import { askMetadataPatiently } from './metadata.ts';
import { REGION_NAME } from './region-name.ts';
import type { SharedProfile } from './shared-profile.ts';

/** A region, and where it was found, in the operator's words. */
export type Region = { readonly name: string; readonly origin: string };

export type RegionSources = {
  readonly option: string | undefined;
  readonly profile: SharedProfile;
  readonly handler: AwsRequestHandler;
  readonly instance: InstanceMetadata | undefined;
  readonly world: VaultWorld;
};

/**
 * The region in Kong's order (lua-resty-aws): the option, the profile in the config file, which wins over the
 * variables, `AWS_REGION`, `AWS_DEFAULT_REGION`, the ECS task's zone, the instance. Throws SettingError for none, and
 * for text that is no region's name.
 */
export async function findRegion(sources: RegionSources): Promise<Region> {
  const region =
    regionFromText(sources.option, sources.profile, sources.world.environment) ??
    (await fromTask(sources)) ??
    (await fromInstance(sources));
  if (region === undefined) {
    throw new SettingError('no AWS region', {
      hint: 'set KONG_VAULT_AWS_REGION or AWS_REGION to the region that the secret is in',
    });
  }
  if (REGION_NAME.test(region.name)) return region;
  throw new SettingError(`the AWS region from ${region.origin} is not the name of a region`, {
    hint: 'give a name such as eu-central-1, without a zone letter',
  });
}

/** The region as far as it is written down: nobody is asked. */
export function regionFromText(
  option: string | undefined,
  profile: SharedProfile,
  environment: VaultWorld['environment'],
): Region | undefined {
  const inProfile = `profile "${profile.name}" in ${profile.configPath}`;
  const texts: readonly (readonly [string | undefined, string])[] = [
    [option, 'the vault option region'],
    [profile.config?.['region'], inProfile],
    [environment['AWS_REGION'], 'AWS_REGION'],
    [environment['AWS_DEFAULT_REGION'], 'AWS_DEFAULT_REGION'],
  ];
  for (const [text, origin] of texts) {
    const name = text?.trim() ?? '';
    if (name !== '') return { name, origin };
  }
  return undefined;
}

/** The task's availability zone begins with its region, in a Local Zone too: `us-west-2-lax-1a`. */
async function fromTask({ handler, world }: RegionSources): Promise<Region | undefined> {
  const base = world.environment['ECS_CONTAINER_METADATA_URI_V4'] ?? '';
  const url = URL.parse(`${base.replace(/\/$/, '')}/task`);
  if (base === '' || url === null) return undefined;
  return attempt(world, 'the ECS task metadata', async () => {
    const task: unknown = JSON.parse(await askMetadataPatiently(handler, { url, timeoutMs: 2_000 }, world.signal));
    const zone = typeof task === 'object' && task !== null && 'AvailabilityZone' in task ? task.AvailabilityZone : '';
    return /^[a-z]+(-[a-z]+)+-\d+/.exec(String(zone))?.[0];
  });
}

async function fromInstance({ instance, world }: RegionSources): Promise<Region | undefined> {
  if (instance === undefined) return undefined;
  return attempt(world, 'the instance metadata', () => instance('/latest/meta-data/placement/region'));
}

async function attempt(
  world: VaultWorld,
  origin: string,
  ask: () => Promise<string | undefined>,
): Promise<Region | undefined> {
  try {
    const name = await ask();
    return name === undefined || name === '' ? undefined : { name, origin };
  } catch (error) {
    world.signal.throwIfAborted();
    world.log.debug(`aws: no region from ${origin}: ${reasonFor(error)}`);
    return undefined;
  }
}
