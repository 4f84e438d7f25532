import { AccessRefusedError, type EntrypointError, SettingError, UnavailableError } from '../../errors.ts';
import type { Answer } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';

/** The error for an answer of Google's token endpoint that is no token. */
export function explainTokenRefusal(answer: Answer | undefined, email: string): EntrypointError {
  const status = answer?.status ?? 0;
  const body = parseJson(answer?.text ?? '');
  const [code, description] = [fieldOf(body, 'error'), String(fieldOf(body, 'error_description') ?? '')];
  if (status === 429 || status >= 500) {
    return new UnavailableError(`Google's token endpoint failed (status ${status})`, {
      hint: 'try again later; see status.cloud.google.com',
    });
  }
  if (status === 200 || typeof code !== 'string' || !/^[a-z_]{1,60}$/.test(code)) {
    return new SettingError(`what answers as Google's token endpoint is something else (status ${status})`, {
      hint: 'check HTTPS_PROXY and the DNS of this network',
    });
  }
  return refusals.find(([words]) => words.test(description))?.[1](email) ?? refused(email, code);
}

type Explain = (email: string) => EntrypointError;

/** By Google's own words: its code is `invalid_grant` for all of them. */
const refusals: readonly (readonly [words: RegExp, explain: Explain])[] = [
  [
    /account not found|no such account/i,
    (email) =>
      refusal(
        `Google does not know the service account ${email}`,
        'it may have been deleted; set GCP_SERVICE_ACCOUNT to the key of one that exists',
      ),
  ],
  [
    /disabled/i,
    (email) => refusal(`the service account ${email} is disabled`, `gcloud iam service-accounts enable ${email}`),
  ],
  [
    /short-lived|reasonable timeframe|iat and exp/i,
    (email) => refusal(`Google refused the time at which the key of ${email} signed`, 'set the clock of this machine'),
  ],
  [
    /signature/i,
    (email) =>
      refusal(
        `Google refused the key of ${email}`,
        `it was deleted, or has expired; create another: gcloud iam service-accounts keys create FILE --iam-account=${email}, and set GCP_SERVICE_ACCOUNT to the text of FILE`,
      ),
  ],
];

function refused(email: string, code: string): EntrypointError {
  return refusal(`Google gave ${email} no token (${code})`, 'check that the service account and its key are enabled');
}

function refusal(sentence: string, hint: string): EntrypointError {
  return new AccessRefusedError(sentence, { hint });
}
