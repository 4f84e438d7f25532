import { textOf } from '../text-of.ts';
import type { VaultForecast, VaultOptionValues, VaultWorld } from '../vault.ts';
import { containerEndpoint, isEcsTask } from './container-credentials.ts';
import { isInstanceOff } from './instance-metadata.ts';
import { domainOf } from './partition.ts';
import { regionFromText } from './region.ts';
import { readSharedProfile, type SharedProfile } from './shared-profile.ts';
import { fromSharedProfile, fromVariables } from './static-credentials.ts';

type Environment = VaultWorld['environment'];

/** What the aws vault would do with these options, from the environment and the shared files alone. */
export async function forecastAws(options: VaultOptionValues, environment: Environment): Promise<VaultForecast> {
  const profile = await readSharedProfile(environment);
  const region = regionFromText(textOf(options, 'region'), profile, environment) ?? {
    name: undefined,
    origin: askedForRegion(environment),
  };
  const role = textOf(options, 'assume_role_arn');
  return {
    endpoint: textOf(options, 'endpoint_url') ?? endpointOf(region.name),
    region,
    authentication: `AWS credentials from: ${firstLink(profile, environment)}`,
    ...(role !== undefined && { role }),
  };
}

function endpointOf(region: string | undefined): string {
  return `https://secretsmanager.${region ?? '<region>'}.${domainOf(region ?? '')}`;
}

function askedForRegion(environment: Environment): string {
  if ((environment['ECS_CONTAINER_METADATA_URI_V4'] ?? '') !== '') return 'the ECS task metadata, asked at the start';
  return isInstanceOff(environment) ? 'nowhere: set one' : 'the instance metadata, asked at the start';
}

/** The first link of the chain that has something to offer; whether it is good, only AWS can tell. */
function firstLink(profile: SharedProfile, environment: Environment): string {
  if ('credentials' in fromVariables('AWS', environment)) return 'environment';
  if ('credentials' in fromVariables('AMAZON', environment)) return 'AMAZON_ environment';
  if ('credentials' in fromSharedProfile(profile)) return 'shared file';
  if ('url' in containerEndpoint(environment))
    return isEcsTask(environment) ? 'container (the task role)' : 'container';
  const webIdentity = ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ROLE_ARN'];
  if (webIdentity.every((variable) => (environment[variable] ?? '') !== '')) return 'web identity';
  return isInstanceOff(environment) ? 'nowhere: give the container a role' : 'instance metadata';
}
