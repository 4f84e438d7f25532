import type { VaultWorld } from '../vault.ts';
import type { Finding } from './finding.ts';
import type { SharedProfile } from './shared-profile.ts';

/**
 * Keys in variables: `AWS_ACCESS_KEY_ID`, or with the older prefix `AMAZON_`, which lua-resty-aws still reads. Kong
 * looks at the id alone and fails with half a pair; we say what is missing and go on.
 */
export function fromVariables(prefix: 'AWS' | 'AMAZON', environment: VaultWorld['environment']): Finding {
  const [id, secret, token] = [`${prefix}_ACCESS_KEY_ID`, `${prefix}_SECRET_ACCESS_KEY`, `${prefix}_SESSION_TOKEN`];
  const missing = [id, secret].filter((variable) => (environment[variable] ?? '') === '');
  if (missing.length > 0) return { reason: `${missing.join(' and ')} not set` };
  return { credentials: identity(environment[id], environment[secret], environment[token]) };
}

const indirect = [
  'credential_process',
  'sso_session',
  'sso_start_url',
  'source_profile',
  'credential_source',
  'role_arn',
];

/** Keys in the shared file. Static ones only, as in Kong: what else the section holds is named, not followed. */
export function fromSharedProfile(profile: SharedProfile): Finding {
  if (profile.keys === undefined) return { reason: profile.absence };
  const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } = profile.keys;
  if (id !== undefined && secret !== undefined) return { credentials: identity(id, secret, token) };
  const followed = indirect.filter(
    (name) => profile.keys?.[name] !== undefined || profile.config?.[name] !== undefined,
  );
  const advice = followed.length === 0 ? '' : `, only ${followed.join(' and ')}, which Kong does not follow`;
  return { reason: `profile "${profile.name}" has no static keys${advice}` };
}

function identity(id = '', secret = '', token = '') {
  return { accessKeyId: id, secretAccessKey: secret, ...(token === '' ? {} : { sessionToken: token }) };
}
