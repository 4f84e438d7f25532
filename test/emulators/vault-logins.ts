import type { Claims, Issuer } from './json-web-token.ts';
import type { Request } from './loopback-server.ts';
import { type AccessKey, checkSignature } from './signature-v4.ts';

/** What a login gives a token, or why it gives none, as Vault answers it. */
export type LoginOutcome = { readonly displayName: string } | { readonly status: number; readonly error: string };

/** A login's body and the request that it came with. */
export type LoginAttempt = { readonly body: Readonly<Record<string, string>>; readonly request: Request };

/** An auth method: the keys that its body may have, those that it must, and its judgement. */
export type AuthMethod = {
  readonly allowed: readonly string[];
  readonly needed: readonly string[];
  judge(attempt: LoginAttempt): LoginOutcome;
};

/** What a method says of a login, once its body has been found to be one: JSON, and no field too many or too few. */
export function judgeLogin(method: AuthMethod, request: Request): LoginOutcome {
  if (request.headers['content-type'] !== 'application/json') return { status: 400, error: 'not JSON' };
  if (request.headers['x-vault-token'] !== undefined) return { status: 400, error: 'a login has no token' };
  const body: Record<string, string> = JSON.parse(request.body);
  const strange = Object.entries(body).find(
    ([name, value]) => !method.allowed.includes(name) || typeof value !== 'string',
  );
  if (strange !== undefined) return { status: 400, error: `unknown field ${strange[0]}` };
  const missing = method.needed.find((name) => !Object.hasOwn(body, name));
  return missing === undefined ? method.judge({ body, request }) : { status: 400, error: `missing ${missing}` };
}

/** Service accounts by role; the token is one of the cluster's, for the audience `vault`. */
export function kubernetesMethod(cluster: Issuer, roles: Readonly<Record<string, string>>): AuthMethod {
  return {
    allowed: ['jwt', 'role'],
    needed: ['jwt', 'role'],
    judge({ body: { jwt = '', role = '' } }) {
      const account = Object.hasOwn(roles, role) ? roles[role] : undefined;
      if (account === undefined) return { status: 400, error: `invalid role name "${role}"` };
      const claims = cluster.read(jwt);
      if (claims === undefined || !audiencesOf(claims).includes('vault')) {
        return { status: 403, error: 'permission denied' };
      }
      if (claims['sub'] !== account) return { status: 403, error: 'service account name not authorized' };
      return { displayName: account };
    },
  };
}

/** One role with its secret ids, and how often each may be used; 0 means no limit. */
export function approleMethod(roleId: string, secretIds: Map<string, number>): AuthMethod {
  return {
    allowed: ['role_id', 'secret_id'],
    needed: ['role_id', 'secret_id'],
    judge({ body: { role_id = '', secret_id = '' } }) {
      const uses = secretIds.get(secret_id);
      if (role_id !== roleId || uses === undefined) return { status: 400, error: 'invalid role or secret ID' };
      if (uses === 1) secretIds.delete(secret_id);
      else if (uses > 1) secretIds.set(secret_id, uses - 1);
      return { displayName: 'approle' };
    },
  };
}

/** The SHA-256 of the certificate by role. Without a name, any role will do. */
export function certMethod(roles: Readonly<Record<string, string>>): AuthMethod {
  return {
    allowed: ['name'],
    needed: [],
    judge({ body: { name }, request: { certificate } }) {
      if (certificate === undefined) return { status: 400, error: 'client certificate must be supplied' };
      const found = Object.entries(roles).find(
        ([role, digest]) => digest === certificate && (name === undefined || name === role),
      );
      if (found === undefined) return { status: 400, error: 'invalid certificate or no client certificate supplied' };
      return { displayName: found[0] };
    },
  };
}

/** The bound audience by role; an empty one is any. */
export function jwtMethod(issuer: Issuer, roles: Readonly<Record<string, string>>): AuthMethod {
  return {
    allowed: ['jwt', 'role'],
    needed: ['jwt', 'role'],
    judge({ body: { jwt = '', role = '' } }) {
      const audience = Object.hasOwn(roles, role) ? roles[role] : undefined;
      if (audience === undefined) return { status: 400, error: `role "${role}" could not be found` };
      const claims = issuer.read(jwt);
      if (claims === undefined) {
        return { status: 400, error: 'error validating token: error verifying token signature: no known key' };
      }
      if (audience !== '' && !audiencesOf(claims).includes(audience)) {
        return {
          status: 400,
          error: 'error validating token: invalid audience (aud) claim: audience claim does not match',
        };
      }
      return { displayName: String(claims['sub']) };
    },
  };
}

function audiencesOf(claims: Claims): string[] {
  const audience = claims['aud'];
  return Array.isArray(audience) ? audience.map(String) : [String(audience)];
}

export type AwsRoles = {
  readonly host: string;
  readonly region: string;
  readonly keys: readonly AccessKey[];
  /** The id of the access key that is bound to a role. */
  readonly roles: Readonly<Record<string, string>>;
};

/** The signed `GetCallerIdentity` of AWS, which the emulator judges itself, as STS would when Vault sends it. */
export function awsMethod({ host, region, keys, roles }: AwsRoles): AuthMethod {
  const parts = ['iam_http_request_method', 'iam_request_url', 'iam_request_body', 'iam_request_headers'];
  return {
    allowed: ['role', ...parts],
    needed: parts,
    judge({ body }) {
      const sent = signedRequest(body);
      if (sent === undefined || sent.headers.host !== host || sent.target !== '/') {
        return { status: 400, error: 'error making upstream request: the request is not of this STS' };
      }
      if (sent.method !== 'POST' || sent.body !== 'Action=GetCallerIdentity&Version=2011-06-15') {
        return { status: 400, error: 'only GetCallerIdentity is allowed' };
      }
      const checked = checkSignature(sent, { service: 'sts', region, keys, now: new Date() });
      if ('refusal' in checked) {
        return {
          status: 400,
          error: `error making upstream request: received error code 403 from STS: ${checked.refusal.message}`,
        };
      }
      const role = body['role'] ?? 'kong';
      if (roles[role] !== checked.key.id)
        return { status: 400, error: `IAM Principal does not belong to the role "${role}"` };
      return { displayName: checked.key.id };
    },
  };
}

/** Undefined for parts that are not base64 of what they should be. */
function signedRequest(body: Readonly<Record<string, string>>): Request | undefined {
  const text = (name: string): string => Buffer.from(body[name] ?? '', 'base64').toString('utf8');
  const url = URL.parse(text('iam_request_url'));
  if (url === null) return undefined;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(JSON.parse(text('iam_request_headers')))) {
    headers[name.toLowerCase()] = String(value);
  }
  const method = body['iam_http_request_method'] ?? '';
  return { method, target: `${url.pathname}${url.search}`, headers, body: text('iam_request_body') };
}
