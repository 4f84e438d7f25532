import {
  AccessRefusedError,
  type EntrypointError,
  SecretNotFoundError,
  SettingError,
  UnavailableError,
} from '../../errors.ts';
import type { Answer } from '../http/http.ts';
import type { GoogleToken } from './access-token.ts';
import { type GoogleError, readGoogleError } from './google-answer.ts';
import { explainForbidden } from './permission-errors.ts';

/** What was asked for. */
export type SecretCall = { readonly project: string; readonly secretId: string; readonly version: string };

/** The error for an answer of Secret Manager that is no secret. */
export async function explainRefusal(
  answer: Answer,
  call: SecretCall,
  credentials: GoogleToken,
): Promise<EntrypointError> {
  const error = readGoogleError(answer);
  if (answer.status === 429) {
    return new UnavailableError(`Google limits the rate of requests in project ${call.project}`, {
      hint: 'start fewer containers at once, or ask for a higher quota of access requests',
    });
  }
  if (answer.status >= 500) {
    return new UnavailableError(`Google Secret Manager failed (status ${answer.status})`, {
      hint: 'try again later; see status.cloud.google.com',
    });
  }
  if (error === undefined) return notGoogle(answer);
  if (answer.status === 403) return explainForbidden(error, call, credentials);
  return byStatus[error.status]?.(call, error, credentials) ?? unknownError(call, error);
}

const byStatus: Readonly<
  Record<string, (call: SecretCall, error: GoogleError, credentials: GoogleToken) => EntrypointError>
> = {
  NOT_FOUND: notFound,
  FAILED_PRECONDITION: notEnabled,
  UNAUTHENTICATED: (_call, error, { link }) => unauthenticated(error, link),
};

function notFound({ secretId, version, project }: SecretCall, { message }: GoogleError): EntrypointError {
  if (version !== 'latest' && /\/versions\//.test(message)) {
    return new SecretNotFoundError(`secret "${secretId}" in project ${project} has no version ${version}`, {
      hint: `gcloud secrets versions list ${secretId} --project=${project} lists those it has; without #${version} the latest is read`,
    });
  }
  return new SecretNotFoundError(`secret "${secretId}" not found in project ${project}, or it has no version`, {
    hint: "check the secret's name and KONG_VAULT_GCP_PROJECT_ID; the last part of a reference's path is the key, not the name",
  });
}

/** `latest` is the newest version whatever its state is. */
function notEnabled(call: SecretCall, error: GoogleError): EntrypointError {
  const [, number, state] = /\/versions\/(\d+)\] is in (DISABLED|DESTROYED) state/.exec(error.message) ?? [];
  if (number === undefined || state === undefined) return unknownError(call, error);
  const { secretId, project } = call;
  const another = 'or refer to another version, such as #1, since the latest counts also when it is not enabled';
  const gcloud = `--secret=${secretId} --project=${project}`;
  return new SecretNotFoundError(
    `version ${number} of secret "${secretId}" in project ${project} is ${state.toLowerCase()}`,
    {
      hint:
        state === 'DISABLED'
          ? `enable it (gcloud secrets versions enable ${number} ${gcloud}), ${another}`
          : `add a version (gcloud secrets versions add ${secretId} --project=${project}), ${another}`,
    },
  );
}

function unauthenticated({ reason }: GoogleError, link: string): EntrypointError {
  const isExpired = reason === 'ACCESS_TOKEN_EXPIRED';
  return new AccessRefusedError(
    `Google ${isExpired ? 'says that the access token has expired' : 'refused the access token'} (credentials from: ${link})`,
    {
      hint: isExpired
        ? 'start again for a new one, and check the clock of this machine'
        : 'check that the service account is not disabled, and its key not deleted',
    },
  );
}

/** A captive portal, a proxy's own page, a redirect. */
function notGoogle({ status }: Answer): EntrypointError {
  return new SettingError(`what answers as Google Secret Manager is something else (status ${status})`, {
    hint: 'check HTTPS_PROXY and the DNS of this network',
  });
}

function unknownError({ secretId, project }: SecretCall, { status, reason }: GoogleError): EntrypointError {
  const details = [status, reason].filter((word) => word !== '').join(', ');
  return new SettingError(`Google could not serve secret "${secretId}" in project ${project} (${details})`, {
    hint: `check the reference and KONG_VAULT_GCP_PROJECT_ID; try gcloud secrets versions access latest --secret=${secretId} --project=${project}`,
  });
}
