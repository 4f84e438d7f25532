import type { AwsCredentialIdentity } from '@smithy/types';
import { AccessRefusedError, UnavailableError } from '../../errors.ts';
import type { VaultWorld } from '../vault.ts';
import { isTemporary, reasonFor } from './aws-answer.ts';
import { fromContainer } from './container-credentials.ts';
import { fromInstance, type InstanceMetadata } from './instance-metadata.ts';
import type { Finding } from './metadata.ts';
import type { ClientInput } from './sdk-client.ts';
import { fromSharedProfile, fromVariables, type SharedProfile } from './static-credentials.ts';

export type CredentialSources = {
  readonly profile: SharedProfile;
  readonly sts: ClientInput;
  readonly instance: InstanceMetadata | undefined;
  readonly world: VaultWorld;
};

/** Credentials, and the link of the chain that gave them. */
export type Credentials = { readonly identity: AwsCredentialIdentity; readonly link: string };

type Link = { readonly name: string; find(): Finding | Promise<Finding> };

/**
 * The first credentials in Kong's order (lua-resty-aws), which is not that of the SDK's default chain: there a profile
 * hides the variables and web identity comes before the container. A link that fails never ends the chain. Throws an error with every
 * link and why it gave none: UnavailableError where one of them is there and only busy, or not up yet, else AccessRefusedError.
 */
export async function findCredentials(sources: CredentialSources): Promise<Credentials> {
  const reasons: string[] = [];
  let mayHeal = false;
  for (const link of chain(sources)) {
    try {
      const finding = await link.find();
      if ('credentials' in finding) return { identity: finding.credentials, link: link.name };
      reasons.push(`${link.name}: ${finding.reason}`);
    } catch (error) {
      sources.world.signal.throwIfAborted();
      // Away from EC2 nobody answers for the instance, and no restart changes that.
      mayHeal ||= isTemporary(error) && !(link.name === 'instance' && error instanceof UnavailableError);
      reasons.push(`${link.name}: ${reasonFor(error)}`);
    }
  }
  throw mayHeal ? notYet(reasons) : none(reasons);
}

function notYet(reasons: readonly string[]): UnavailableError {
  return new UnavailableError(`no AWS credentials yet (${reasons.join('; ')})`, {
    hint: 'start again: the endpoint that gives the container its credentials is busy or down; if that lasts, check the agent of ECS or of EKS Pod Identity on the node, and STS',
  });
}

function none(reasons: readonly string[]): AccessRefusedError {
  return new AccessRefusedError(`no AWS credentials (${reasons.join('; ')})`, {
    hint: 'give the container a role: a task role on ECS, Pod Identity or IRSA on EKS, an instance profile on EC2; or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  });
}

function chain({ profile, sts, instance, world }: CredentialSources): readonly Link[] {
  const { environment } = world;
  return [
    { name: 'environment', find: () => fromVariables('AWS', environment) },
    ...('AMAZON_ACCESS_KEY_ID' in environment
      ? [{ name: 'AMAZON_ environment', find: () => fromVariables('AMAZON', environment) }]
      : []),
    { name: 'shared file', find: () => fromSharedProfile(profile) },
    { name: 'container', find: () => fromContainer(sts.http, world) },
    { name: 'web identity', find: () => fromWebIdentity(environment, sts) },
    { name: 'instance', find: () => fromInstance(instance) },
  ];
}

/** STS and what it brings is loaded only where there is a token to exchange. */
async function fromWebIdentity(environment: VaultWorld['environment'], sts: ClientInput): Promise<Finding> {
  const variables = ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ROLE_ARN'];
  const missing = variables.filter((variable) => (environment[variable] ?? '') === '');
  if (missing.length > 0) return { reason: `${missing.join(' and ')} not set` };
  const { exchangeServiceAccount } = await import('./sts.ts');
  return { credentials: await exchangeServiceAccount(environment, sts) };
}
