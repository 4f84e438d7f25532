import { SettingError } from '../../errors.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import type { PrepareLogin } from './login.ts';
import { prepareApprole } from './login-approle.ts';
import { prepareCert } from './login-cert.ts';
import { prepareKubernetes } from './login-kubernetes.ts';

/** One row a method that logs in. `token` has no login; what is in neither is not supported yet. */
const logins = new Map<string, PrepareLogin>([
  ['kubernetes', prepareKubernetes],
  ['approle', prepareApprole],
  ['cert', prepareCert],
  ['jwt', async (options, world) => (await import('./login-jwt.ts')).prepareJwt(options, world)],
  ['aws_iam', async (options, world) => (await import('./login-aws-iam.ts')).prepareAwsIam(options, world)],
]);

/** How to log in; undefined for `token`. Throws SettingError for a method that Kong has and we do not. */
export function findLogin(method: string, { log }: BackendWorld): PrepareLogin | undefined {
  if (method === 'token') return undefined;
  if (method === 'oauth2') {
    log.warn('the hcv vault: auth_method oauth2 is read as jwt, which is its name in the lists of Kong');
    return logins.get('jwt');
  }
  const login = logins.get(method);
  if (login !== undefined) return login;
  throw new SettingError(`auth_method ${method} of the hcv vault is not supported yet`, {
    hint: `use one of token, ${[...logins.keys()].join(', ')}`,
  });
}

/** The method's name as the operator gave it. */
export function methodOf(options: VaultOptionValues): string {
  return String(options['auth_method'] ?? 'token');
}
