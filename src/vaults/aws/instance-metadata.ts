import { UnavailableError } from '../../errors.ts';
import type { Http } from '../http/http.ts';
import type { VaultWorld } from '../vault.ts';
import { askMetadata, type Finding, MetadataRefusedError, readCredentialsAnswer } from './metadata.ts';

/** The address is on the host itself; anywhere else than on EC2 nobody answers, and everyone waits for that. */
const service = {
  name: 'the instance metadata',
  variable: 'AWS_EC2_METADATA_SERVICE_ENDPOINT',
  timeoutMs: 1_000,
  mostAttempts: 1,
};
const ADDRESS = 'http://169.254.169.254';

/** The instance metadata service (IMDS) of EC2. Throws the connection's errors and MetadataRefusedError. */
export type InstanceMetadata = (path: string) => Promise<string>;

/**
 * IMDS with a session token (version 2), and without one where the instance gives none, unless
 * `AWS_EC2_METADATA_V1_DISABLED`. Undefined where `AWS_EC2_METADATA_DISABLED` is set to something else than `false`.
 * `AWS_EC2_METADATA_SERVICE_ENDPOINT` is obeyed, as by every SDK of AWS.
 */
export function instanceMetadata(http: Http, world: VaultWorld): InstanceMetadata | undefined {
  if (isInstanceOff(world.environment)) return undefined;
  const base = URL.parse(world.environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? '') ?? new URL(ADDRESS);
  let session: Promise<Record<string, string>> | undefined;

  async function openSession(): Promise<Record<string, string>> {
    try {
      const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '300' };
      const url = new URL('/latest/api/token', base);
      const token = await askMetadata(http, { ...service, url, method: 'PUT', headers });
      return { 'x-aws-ec2-metadata-token': token };
    } catch (error) {
      if (isOn(world.environment['AWS_EC2_METADATA_V1_DISABLED']) || !mayBeVersion1(error)) throw error;
      return {};
    }
  }

  return async (path) => {
    session ??= openSession();
    const headers = await session;
    return (await askMetadata(http, { ...service, url: new URL(path, base), headers })).trim();
  };
}

const ROLES = '/latest/meta-data/iam/security-credentials/';

/** The credentials of the instance's role. */
export async function fromInstance(metadata: InstanceMetadata | undefined): Promise<Finding> {
  if (metadata === undefined) return { reason: 'AWS_EC2_METADATA_DISABLED is set' };
  const [role = ''] = (await metadata(ROLES)).split('\n');
  return readCredentialsAnswer(await metadata(`${ROLES}${role.trim()}`));
}

/** A hop limit of 1 lets the answer with the token die before it reaches a container: that looks like a timeout. */
function mayBeVersion1(error: unknown): boolean {
  if (error instanceof MetadataRefusedError) return [403, 404, 405].includes(error.status);
  return error instanceof UnavailableError;
}

/** Whether the environment forbids to ask the instance metadata. */
export function isInstanceOff(environment: VaultWorld['environment']): boolean {
  return isOn(environment['AWS_EC2_METADATA_DISABLED']);
}

function isOn(text = ''): boolean {
  return text !== '' && text !== 'false';
}
