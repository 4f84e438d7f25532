import { isSignedBy } from './canonical-request.ts';
import type { AccessKey } from './signature-v4.ts';

/** A database instance of RDS that takes logins by IAM token. */
export type RdsInstance = {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  /** The roles to which `rds_iam` is granted. */
  readonly users: readonly string[];
  readonly keys: readonly AccessKey[];
};

const QUARTER_OF_AN_HOUR = '900';
const FIELDS = [
  'Action',
  'DBUser',
  'X-Amz-Algorithm',
  'X-Amz-Content-Sha256',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
];

/** Why RDS would not take this token as the password of this user; undefined where it takes it. The signature is computed again. */
export function refusalOfRds(token: string, user: string, instance: RdsInstance): string | undefined {
  const url = new URL(`https://${token}`);
  const fields = url.searchParams;
  const [id = '', date = '', region, service, end] = (fields.get('X-Amz-Credential') ?? '').split('/');
  const key = instance.keys.find((one) => one.id === id);
  const wrongs: readonly (readonly [isWrong: boolean, what: string])[] = [
    [[...fields.keys()].some((name) => !FIELDS.includes(name)), 'a field that is not known'],
    [url.host !== `${instance.host}:${instance.port}`, 'another host or port'],
    [fields.get('Action') !== 'connect', 'another action'],
    [!instance.users.includes(user) || fields.get('DBUser') !== user, 'another user'],
    [region !== instance.region, 'another region'],
    [service !== 'rds-db' || end !== 'aws4_request', 'another service'],
    [fields.get('X-Amz-Expires') !== QUARTER_OF_AN_HOUR, 'another time to live'],
    [key === undefined, 'a key that is not known'],
    [(fields.get('X-Amz-Security-Token') ?? undefined) !== key?.sessionToken, 'another session token'],
    [key === undefined || !isSigned(url, key, [date, instance.region, 'rds-db']), 'another signature'],
  ];
  return wrongs.find(([isWrong]) => isWrong)?.[1];
}

function isSigned(url: URL, key: AccessKey, scope: readonly [string, string, string]): boolean {
  const signature = url.searchParams.get('X-Amz-Signature') ?? '';
  const query = url.search.slice(1).replace(`&X-Amz-Signature=${signature}`, '');
  const headers = { host: url.host, 'x-amz-date': url.searchParams.get('X-Amz-Date') ?? '' };
  const request = { method: 'GET', target: `/?${query}`, headers, body: '' };
  const isHex = /^[0-9a-f]{64}$/.test(signature);
  return isHex && isSignedBy(key.secret, request, { keyId: key.id, scope, signedHeaders: ['host'], signature });
}
