import { SettingError } from '../../errors.ts';
import type { Http } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import type { VaultWorld } from '../vault.ts';
import { reasonFor } from './aws-answer.ts';
import { AGENT_MS } from './container-credentials.ts';
import type { InstanceMetadata } from './instance-metadata.ts';
import { askMetadata } from './metadata.ts';
import { type Region, regionForm } from './names.ts';
import type { SharedProfile } from './static-credentials.ts';

export type RegionSources = {
  readonly option: string | undefined;
  readonly profile: SharedProfile;
  readonly http: Http;
  readonly instance: InstanceMetadata | undefined;
  readonly world: VaultWorld;
};

/**
 * The region in Kong's order (lua-resty-aws): the option, the profile in the config file, which wins over the
 * variables, `AWS_REGION`, `AWS_DEFAULT_REGION`, the ECS task's zone, the instance. Throws SettingError for none, and
 * for text that is not a region's name.
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
  if (regionForm.pattern.test(region.name)) return region;
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
async function fromTask({ http, world }: RegionSources): Promise<Region | undefined> {
  const variable = 'ECS_CONTAINER_METADATA_URI_V4';
  const base = world.environment[variable] ?? '';
  const url = URL.parse(`${base.replace(/\/$/, '')}/task`);
  if (base === '' || url === null) return undefined;
  return attempt(world, 'the ECS task metadata', async () => {
    const task = await askMetadata(http, { url, variable, name: 'the ECS task metadata', timeoutMs: AGENT_MS });
    return /^[a-z]+(-[a-z]+)+-\d+/.exec(String(fieldOf(parseJson(task), 'AvailabilityZone')))?.[0];
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
