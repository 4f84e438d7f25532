import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Iam } from './iam.ts';
import { type Request, startLoopbackServer } from './loopback-server.ts';
import { type AccessKey, checkSignature, type Refusal } from './signature-v4.ts';

export type StsOptions = {
  readonly region?: string;
  /** The keys that may assume a role. */
  readonly keys: readonly AccessKey[];
  /** The key that every role comes with. */
  readonly issued: AccessKey;
  /** The web identity token that is accepted. */
  readonly webIdentityToken?: string;
  /** Who may take on which role, where that matters. */
  readonly iam?: Iam;
  /** Answers every call with this error. */
  readonly refusal?: Refusal;
};

export type StsCall = {
  readonly action: string;
  readonly accessKeyId: string | undefined;
  readonly roleArn: string | undefined;
  readonly sessionName: string | undefined;
};

export type Sts = { readonly url: string; readonly calls: StsCall[]; close(): Promise<void> };

/** AWS STS: AssumeRole, whose signature is checked, and AssumeRoleWithWebIdentity, which has none. */
export async function startSts(options: StsOptions): Promise<Sts> {
  const calls: StsCall[] = [];
  const server = await startLoopbackServer((request, response) => {
    const form = new URLSearchParams(request.body);
    const { refusal = options.refusal, accessKeyId } = admit(request, form, options);
    const action = form.get('Action') ?? '';
    calls.push({
      action,
      accessKeyId,
      roleArn: form.get('RoleArn') ?? undefined,
      sessionName: form.get('RoleSessionName') ?? undefined,
    });
    if (refusal !== undefined) return sendRefusal(response, refusal);
    if (options.iam?.allows(accessKeyId ?? '', `sts:${action}`, form.get('RoleArn') ?? '') === false) {
      return sendRefusal(response, { name: 'AccessDenied', message: `not authorized to perform: sts:${action}` });
    }
    return sendCredentials(response, action, options.issued, form.get('RoleSessionName') ?? '');
  });
  return { url: server.url, calls, close: server.close };
}

type Admission = { readonly refusal?: Refusal; readonly accessKeyId?: string };

function admit(request: Request, form: URLSearchParams, options: StsOptions): Admission {
  if (form.get('Action') === 'AssumeRoleWithWebIdentity') {
    if (form.get('WebIdentityToken') === options.webIdentityToken) return {};
    return { refusal: { name: 'InvalidIdentityToken', message: 'No OpenIDConnect provider found in your account' } };
  }
  const { region = 'eu-central-1', keys } = options;
  const checked = checkSignature(request, { service: 'sts', region, keys, now: new Date() });
  return 'refusal' in checked ? checked : { accessKeyId: checked.key.id };
}

function sendRefusal(response: ServerResponse, { name, message }: Refusal): void {
  response.writeHead(403, { 'content-type': 'text/xml' });
  response.end(
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${name}</Code><Message>${message}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  );
}

function sendCredentials(response: ServerResponse, action: string, key: AccessKey, session: string): void {
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  const arn = `arn:aws:sts::123456789012:assumed-role/kong/${session}`;
  response.writeHead(200, { 'content-type': 'text/xml' });
  response.end(
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><AssumedRoleUser><Arn>${arn}</Arn><AssumedRoleId>ARO:${session}</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>${key.id}</AccessKeyId><SecretAccessKey>${key.secret}</SecretAccessKey><SessionToken>${key.sessionToken ?? ''}</SessionToken><Expiration>${expiration}</Expiration></Credentials></${action}Result><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`,
  );
}
