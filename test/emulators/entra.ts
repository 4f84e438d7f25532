import type { Request } from './loopback-server.ts';

/** What an application may log in by, and the token that it gets for it. */
export type Login = { readonly proof: string; readonly token: string };

/** An application that may log in. */
export type EntraApplication = {
  readonly clientId: string;
  readonly tenantId: string;
  readonly secret: Login;
  /** The token of a pod. */
  readonly assertion: Login;
  /** What a token is for: `https://vault.azure.net`. */
  readonly resource: string;
};

/** What a host of Microsoft's answers. */
export type Reply = {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
};

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Entra ID: the token endpoint for client credentials, each field checked. */
export function answerLogin(request: Request, applications: readonly EntraApplication[]): Reply {
  const [path = ''] = request.target.split('?');
  const [, tenantId = '', page = ''] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (!applications.some((application) => application.tenantId === tenantId)) {
    return refusal('invalid_tenant', 90002, `Tenant '${tenantId}' not found.`);
  }
  const isForm = /^application\/x-www-form-urlencoded(;|$)/.test(request.headers['content-type'] ?? '');
  if (request.method !== 'POST' || page !== 'oauth2/v2.0/token' || !isForm) {
    return refusal('invalid_request', 900144, 'The request is not that of a token.');
  }
  return checkForm(
    new URLSearchParams(request.body),
    applications.filter((one) => one.tenantId === tenantId),
  );
}

function checkForm(form: URLSearchParams, applications: readonly EntraApplication[]): Reply {
  const names = [...form.keys()].sort();
  const bySecret = names.join() === 'client_id,client_secret,grant_type,scope';
  const byToken = names.join() === 'client_assertion,client_assertion_type,client_id,grant_type,scope';
  if (!bySecret && !byToken) return refusal('invalid_request', 900144, `The request has the fields ${names.join()}.`);
  if (form.get('grant_type') !== 'client_credentials') return refusal('unsupported_grant_type', 70003, 'no');
  const application = applications.find(({ clientId }) => clientId === form.get('client_id'));
  if (application === undefined)
    return refusal('unauthorized_client', 700016, 'Application not found in the directory.');
  if (form.get('scope') !== `${application.resource}/.default`)
    return refusal('invalid_scope', 70011, 'The scope is not valid.');
  if (bySecret && form.get('client_secret') !== application.secret.proof) {
    return refusal(
      'invalid_client',
      7000215,
      'Invalid client secret provided. Ensure the secret being sent is the value.',
    );
  }
  if (byToken && form.get('client_assertion_type') !== JWT_BEARER) return refusal('invalid_request', 900144, 'no');
  if (byToken && form.get('client_assertion') !== application.assertion.proof) {
    return refusal(
      'invalid_client',
      700213,
      'No matching federated identity record found for presented assertion subject.',
    );
  }
  const { token } = bySecret ? application.secret : application.assertion;
  return { status: 200, body: { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: token } };
}

/** As Entra ID refuses: the code is in the description, which may quote what was sent. */
export function refusal(error: string, code: number, words: string): Reply {
  const description = `AADSTS${code}: ${words} Trace ID: 0 Correlation ID: 0 Timestamp: 2026-01-01 00:00:00Z`;
  return {
    status: error === 'invalid_client' ? 401 : 400,
    body: { error, error_description: description, error_codes: [code] },
  };
}
