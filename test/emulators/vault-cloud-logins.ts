import { type KeyObject, verify } from 'node:crypto';
import type { Claims, Issuer } from './json-web-token.ts';
import type { AuthMethod, LoginOutcome } from './vault-logins.ts';

/** The first thing that is wrong is what a login is refused for. */
function judge(who: string, wrongs: readonly (readonly [isWrong: boolean, error: string])[]): LoginOutcome {
  const [, error] = wrongs.find(([isWrong]) => isWrong) ?? [];
  return error === undefined ? { displayName: who } : { status: 400, error };
}

export type GcpRoles = Readonly<
  Record<string, { readonly type: 'iam' | 'gce'; readonly account: string; readonly project?: string }>
>;

/** Google Cloud: a token that the service account's own key signed (`iam`), or the identity token of an instance (`gce`). */
export function gcpMethod(accounts: Readonly<Record<string, Issuer>>, google: Issuer, roles: GcpRoles): AuthMethod {
  return {
    allowed: ['role', 'jwt'],
    needed: ['role', 'jwt'],
    judge({ body: { role = '', jwt = '' } }) {
      const bound = Object.hasOwn(roles, role) ? roles[role] : undefined;
      if (bound === undefined) return { status: 400, error: `role "${role}" not found` };
      if (bound.type === 'iam') return judgeAccount(accounts[bound.account]?.verify(jwt), role, bound.account);
      const claims = google.read(jwt);
      const instance = engineIn(claims?.['google']);
      return judge(bound.account, [
        [claims === undefined, 'unable to verify the instance identity token'],
        [!String(claims?.['aud']).endsWith(`vault/${role}`), `audience must end with vault/${role}`],
        [claims?.['email'] !== bound.account, 'service account is not bound to this role'],
        [instance === undefined, 'expected to find compute_engine claims in the token'],
        [instance?.['project_id'] !== bound.project, 'instance is not in a project that is bound'],
      ]);
    },
  };
}

function engineIn(google: unknown): Claims | undefined {
  const holdsEngine = typeof google === 'object' && google !== null && 'compute_engine' in google;
  return holdsEngine ? (google.compute_engine as Claims) : undefined;
}

function judgeAccount(claims: Claims | undefined, role: string, account: string): LoginOutcome {
  const left = Number(claims?.['exp']) - Date.now() / 1000;
  return judge(account, [
    [claims === undefined, 'unable to find the key that signed the token'],
    [claims?.['sub'] !== account, 'the subject is not a bound service account'],
    [claims?.['aud'] !== `vault/${role}`, `audience must be vault/${role}`],
    [!(left > 0), 'token is expired'],
    [left > 900, 'role requires that service account JWTs expire within 900 seconds'],
  ]);
}

/** A machine, with the object id of its identity, as Azure itself knows it. */
export type AzureMachine = {
  readonly identity: string;
  readonly subscription: string;
  readonly group: string;
  readonly vm?: string;
  readonly scaleSet?: string;
};
export type AzureRoles = Readonly<Record<string, { readonly boundGroup: string } | { readonly boundIdentity: string }>>;

/** Azure: a managed identity's token, and unless the role asks for the identity alone, the machine that has this identity. */
export function azureMethod(
  entra: Issuer,
  resource: string,
  machines: readonly AzureMachine[],
  roles: AzureRoles,
): AuthMethod {
  return {
    allowed: ['role', 'jwt', 'subscription_id', 'resource_group_name', 'vm_name', 'vmss_name'],
    needed: ['role', 'jwt'],
    judge({ body }) {
      const { role = '', jwt = '' } = body;
      const bound = Object.hasOwn(roles, role) ? roles[role] : undefined;
      const claims = entra.read(jwt);
      const identity = String(claims?.['oid']);
      const wrongs: readonly (readonly [boolean, string])[] = [
        [bound === undefined, `invalid role name "${role}"`],
        [claims === undefined, 'failed to verify signature'],
        [claims?.['aud'] !== resource, `expected audience "${resource}"`],
      ];
      if (bound === undefined || 'boundIdentity' in bound) {
        return judge(identity, [...wrongs, [bound?.boundIdentity !== identity, 'service principal not authorized']]);
      }
      const machine = machines.find((one) => isNamedIn(body, one));
      return judge(identity, [
        ...wrongs,
        [(body['vm_name'] === undefined) === (body['vmss_name'] === undefined), 'vm_name or vmss_name is required'],
        [machine === undefined, 'unable to retrieve virtual machine metadata'],
        [machine?.identity !== identity, 'token object id does not match virtual machine identity'],
        [machine?.group !== bound.boundGroup, 'resource group not authorized'],
      ]);
    },
  };
}

function isNamedIn(
  body: Readonly<Record<string, string>>,
  { subscription, group, vm, scaleSet }: AzureMachine,
): boolean {
  return (
    body['subscription_id'] === subscription &&
    body['resource_group_name'] === group &&
    body['vm_name'] === vm &&
    body['vmss_name'] === scaleSet
  );
}

/** Amazon's key that signs identity documents; the AMIs that roles are bound to; whether an instance may log in once only. */
export type Ec2Options = {
  readonly amazon: KeyObject;
  readonly roles: Readonly<Record<string, string>>;
  readonly onlyOnce?: boolean;
};

/** EC2: a signed identity document, and a nonce, which Vault itself would make up where there is none. An instance that has logged in must come with the same nonce, and with no older document. */
export function ec2Method({ amazon, roles, onlyOnce = false }: Ec2Options): AuthMethod {
  const seen = new Map<string, { readonly nonce: string; readonly pendingTime: string }>();
  return {
    allowed: ['role', 'identity', 'signature', 'nonce'],
    needed: ['identity', 'signature', 'nonce'],
    judge({ body: { role, identity = '', signature = '', nonce = '' } }) {
      const document = Buffer.from(identity, 'base64');
      const isWritten = document.toString('base64') === identity && /^[A-Za-z0-9+/]+={0,2}$/.test(signature);
      if (!isWritten || !verify('sha256', document, amazon, Buffer.from(signature, 'base64'))) {
        return { status: 400, error: 'error verifying the instance identity document signature' };
      }
      const { instanceId = '', imageId = '', pendingTime = '' } = JSON.parse(document.toString('utf8'));
      const before = seen.get(instanceId);
      const name: string = role ?? imageId;
      const outcome = judge(instanceId, [
        [roles[name] === undefined, `entry for role "${name}" not found`],
        [roles[name] !== imageId, `AMI ID "${imageId}" does not belong to role "${name}"`],
        [before !== undefined && onlyOnce, 'reauthentication is disabled'],
        [(before?.nonce ?? nonce) !== nonce, 'client nonce mismatch'],
        [pendingTime < (before?.pendingTime ?? ''), 'instance meta-data is older than that of before'],
      ]);
      if ('displayName' in outcome) seen.set(instanceId, { nonce, pendingTime });
      return outcome;
    },
  };
}
