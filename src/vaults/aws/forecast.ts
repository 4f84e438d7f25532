import { textOf } from '../option-value.ts';
import type { VaultForecast, VaultOptionValues, VaultWorld } from '../vault.ts';
import { containerEndpoint, isEcsTask } from './container-credentials.ts';
import { isInstanceOff } from './instance-metadata.ts';
import { domainOf } from './names.ts';
import { regionFromText } from './region.ts';
import { fromSharedProfile, fromVariables, readSharedProfile, type SharedProfile } from './static-credentials.ts';

type Environment = VaultWorld['environment'];

/** What the aws vault would do with these options, from the environment and the shared files alone. */
export async function forecastAws(options: VaultOptionValues, environment: Environment): Promise<VaultForecast> {
  const profile = await readSharedProfile(environment);
  const region = regionFromText(textOf(options, 'region'), profile, environment) ?? {
    name: undefined,
    origin: askedForRegion(environment),
  };
  const role = textOf(options, 'assume_role_arn');
  const { link, isTemporary } = firstLink(profile, environment);
  return {
    endpoint: textOf(options, 'endpoint_url') ?? endpointOf(region.name),
    region,
    authentication: `AWS credentials from: ${link}`,
    ...(role !== undefined && { role }),
    ...(isTemporary && {
      runsOut: `the AWS credentials (${link}) are temporary ones that nothing renews: once they expire, neither Kong nor the next start can read a secret`,
    }),
  };
}

function endpointOf(region: string | undefined): string {
  return `https://secretsmanager.${region ?? '<region>'}.${domainOf(region ?? '')}`;
}

function askedForRegion(environment: Environment): string {
  if ((environment['ECS_CONTAINER_METADATA_URI_V4'] ?? '') !== '') return 'the ECS task metadata, asked at the start';
  return isInstanceOff(environment) ? 'nowhere: set one' : 'the instance metadata, asked at the start';
}

type FirstLink = { readonly link: string; readonly isTemporary: boolean };

/** The first link of the chain that has something to offer; whether it is good, only AWS can tell. */
function firstLink(profile: SharedProfile, environment: Environment): FirstLink {
  const written = [
    ['environment', fromVariables('AWS', environment)],
    ['AMAZON_ environment', fromVariables('AMAZON', environment)],
    ['shared file', fromSharedProfile(profile)],
  ] as const;
  for (const [link, finding] of written) {
    if ('credentials' in finding) return { link, isTemporary: finding.credentials.sessionToken !== undefined };
  }
  return { link: renewedLink(environment), isTemporary: false };
}

/** A link whose credentials Kong gets again by itself before they expire. */
function renewedLink(environment: Environment): string {
  if ('url' in containerEndpoint(environment))
    return isEcsTask(environment) ? 'container (the task role)' : 'container';
  const webIdentity = ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ROLE_ARN'];
  if (webIdentity.every((variable) => (environment[variable] ?? '') !== '')) return 'web identity';
  return isInstanceOff(environment) ? 'nowhere: give the container a role' : 'instance metadata';
}
