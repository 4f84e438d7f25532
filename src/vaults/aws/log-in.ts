import type { AwsCredentialIdentity } from '@smithy/types';
import { createHttp, type Http } from '../http/http.ts';
import type { TrustWorld } from '../http/trust.ts';
import { textOf } from '../option-value.ts';
import type { VaultOptionValues } from '../vault.ts';
import { isEcsTask } from './container-credentials.ts';
import { type CredentialSources, type Credentials, findCredentials } from './credentials.ts';
import { explainAwsError } from './explain.ts';
import { instanceMetadata } from './instance-metadata.ts';
import type { Region } from './names.ts';
import { findRegion } from './region.ts';
import { readSharedProfile } from './static-credentials.ts';

/** What the options and the world come to: where to call, and as whom. */
export type AwsLogin = {
  readonly region: Region;
  readonly http: Http;
  /** For the SDK, which keeps the credentials until they expire. Throws what finding them comes to, and STS. */
  credentials(): Promise<AwsCredentialIdentity>;
  /** Those that were used last, for the words of an error. */
  lastUsed(): Credentials | undefined;
};

/** Finds the region; credentials only once they are asked for. Throws SettingError for a region, a proxy or a CA. */
export async function logInToAws(options: VaultOptionValues, world: TrustWorld): Promise<AwsLogin> {
  const http = createHttp(world, { bundles: ['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'] });
  const profile = await readSharedProfile(world.environment);
  const instance = instanceMetadata(http, world);
  const region = await findRegion({ option: textOf(options, 'region'), profile, http, instance, world });
  const endpoint = textOf(options, 'sts_endpoint_url');
  const sts = { service: 'STS', region: region.name, endpoint, http } as const;
  let used: Credentials | undefined;
  return {
    region,
    http,
    async credentials() {
      const own = await findCredentials({ profile, instance, sts, world });
      used = own;
      used = await inRole(own, options, region, { sts, world });
      return used.identity;
    },
    lastUsed: () => used,
  };
}

async function inRole(
  own: Credentials,
  options: VaultOptionValues,
  region: Region,
  { sts, world }: Pick<CredentialSources, 'sts' | 'world'>,
): Promise<Credentials> {
  const arn = textOf(options, 'assume_role_arn');
  if (arn === undefined) return own;
  const role = { arn, sessionName: textOf(options, 'role_session_name') ?? 'KongVault' };
  try {
    const { assumeRole } = await import('./sts.ts');
    return { identity: await assumeRole(role, own.identity, sts), link: `role ${arn}, by ${own.link}` };
  } catch (error) {
    world.signal.throwIfAborted();
    throw explainAwsError(error, {
      service: 'STS',
      action: 'sts:AssumeRole',
      target: `role ${arn}`,
      resource: arn,
      region,
      endpoint: sts.endpoint,
      credentials: own,
      taskRole: isEcsTask(world.environment) ? 'taskRoleArn' : undefined,
    });
  }
}
