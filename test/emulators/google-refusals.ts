import type { Reply } from './google-token-endpoint.ts';

/** Errors of Secret Manager in Google's words: status, code, message and the reason in its details. */
export type GoogleRefusal = {
  readonly code: number;
  readonly status: string;
  readonly message: string;
  readonly reason?: string;
};

export const googleRefusals = {
  denied: {
    code: 403,
    status: 'PERMISSION_DENIED',
    message:
      "Permission 'secretmanager.versions.access' denied for resource 'projects/project-123/secrets/kong-db/versions/latest' (or it may not exist).",
    reason: 'IAM_PERMISSION_DENIED',
  },
  apiDisabled: {
    code: 403,
    status: 'PERMISSION_DENIED',
    message:
      'Secret Manager API has not been used in project 123 before or it is disabled. Enable it by visiting https://console.developers.google.com/ then retry.',
    reason: 'SERVICE_DISABLED',
  },
  noBilling: {
    code: 403,
    status: 'PERMISSION_DENIED',
    message: 'This API method requires billing to be enabled.',
    reason: 'BILLING_DISABLED',
  },
  noScope: {
    code: 403,
    status: 'PERMISSION_DENIED',
    message: 'Request had insufficient authentication scopes.',
    reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
  },
  perimeter: {
    code: 403,
    status: 'PERMISSION_DENIED',
    message: "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: AbCdEf",
  },
  tokenExpired: {
    code: 401,
    status: 'UNAUTHENTICATED',
    message: 'Request had invalid authentication credentials.',
    reason: 'ACCESS_TOKEN_EXPIRED',
  },
  invalidArgument: { code: 400, status: 'INVALID_ARGUMENT', message: 'Invalid resource field value in the request.' },
  throttle: { code: 429, status: 'RESOURCE_EXHAUSTED', message: "Quota exceeded for quota metric 'Access requests'." },
  internal: { code: 500, status: 'INTERNAL', message: 'Internal error encountered.' },
  unavailable: { code: 503, status: 'UNAVAILABLE', message: 'The service is currently unavailable.' },
  strange: { code: 400, status: 'SOMETHING_NEW', message: 'Something that no client knows yet.', reason: 'BRAND_NEW' },
} as const satisfies Readonly<Record<string, GoogleRefusal>>;

export type GoogleRefusalName = keyof typeof googleRefusals;

/** A refusal in the form of Google's APIs. */
export function refusal({ code, status, message, reason }: GoogleRefusal): Reply {
  const type = 'type.googleapis.com/google.rpc.ErrorInfo';
  const details = reason === undefined ? {} : { details: [{ '@type': type, reason, domain: 'googleapis.com' }] };
  return { status: code, body: { error: { code, message, status, ...details } } };
}
