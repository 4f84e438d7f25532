import type { EntrypointError } from '../../errors.ts';
import { explainBy, type FaultTable } from '../fault-table.ts';
import type { Answer, Peer } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import { busyService, otherService } from '../service-faults.ts';

/** A host of Google's, in the words of an error. */
export function googleHost(name: string): Peer {
  return {
    name,
    address: 'check HTTPS_PROXY and the DNS of this network',
    trust: 'put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names',
  };
}

export const secretManager: Peer = googleHost('Google Secret Manager');

const notSecretManager = [...busyService, ...otherService] as const satisfies FaultTable;

/** Google says so in its message, or by a reason. */
const forbiddenByPerimeter = {
  kind: 'refused',
  says: 'a VPC Service Controls perimeter forbids reading secret "{secret}" in project {project}',
  hint: 'allow it by an ingress rule of the perimeter, or start inside it; the audit log names the rule that refused',
} as const;

/** By `error.status` and, after a slash where there is one, the first `reason` among `error.details`. */
const refusedSecret = [
  ...busyService,
  {
    when: { status: 403, message: /prohibited by organization's policy|vpcServiceControls/i },
    ...forbiddenByPerimeter,
  },
  { when: { status: 403, code: /\bSECURITY_POLICY_VIOLATED$/ }, ...forbiddenByPerimeter },
  {
    when: { status: 403, code: /\bSERVICE_DISABLED$/ },
    kind: 'setting',
    says: 'the Secret Manager API is not enabled in project {project}',
    hint: 'gcloud services enable secretmanager.googleapis.com --project={project}, or correct KONG_VAULT_GCP_PROJECT_ID',
  },
  {
    when: { status: 403, code: /\bBILLING_DISABLED$/ },
    kind: 'setting',
    says: 'project {project} has no billing, which the Secret Manager API needs',
    hint: 'link a billing account to the project, or correct KONG_VAULT_GCP_PROJECT_ID',
  },
  {
    when: { status: 403, code: /\bACCESS_TOKEN_SCOPE_INSUFFICIENT$/ },
    kind: 'refused',
    says: 'the access token has no scope for Secret Manager (credentials from: {link})',
    hint: 'give the instance or the node pool the access scope cloud-platform, or use Workload Identity on GKE',
  },
  {
    // Google answers the same for a secret that does not exist, so that nobody learns which ones do.
    when: { status: 403 },
    kind: 'refused',
    says: '{caller} may not read secret "{secret}" in project {project} (secretmanager.versions.access), or there is no such secret',
    hint: 'give it the role Secret Manager Secret Accessor: gcloud secrets add-iam-policy-binding {secret} --project={project} --member=serviceAccount:{member} --role=roles/secretmanager.secretAccessor',
  },
  {
    when: { code: /^NOT_FOUND\b/, message: /\/versions\//, fact: 'a version by number' },
    kind: 'not found',
    says: 'secret "{secret}" in project {project} has no version {version}',
    hint: 'gcloud secrets versions list {secret} --project={project} lists those it has; without #{version} the latest is read',
  },
  {
    when: { code: /^NOT_FOUND\b/ },
    kind: 'not found',
    says: 'secret "{secret}" not found in project {project}, or it has no version',
    hint: "check the secret's name and KONG_VAULT_GCP_PROJECT_ID; the last part of a reference's path is the key, not the name",
  },
  {
    when: { code: /^FAILED_PRECONDITION\b/, message: /\/versions\/\d+\] is in DISABLED state/ },
    kind: 'not found',
    says: 'version {number} of secret "{secret}" in project {project} is disabled',
    hint: 'enable it (gcloud secrets versions enable {number} --secret={secret} --project={project}), or refer to another version, such as #1, since latest means the newest version even if it is not enabled',
  },
  {
    when: { code: /^FAILED_PRECONDITION\b/, message: /\/versions\/\d+\] is in DESTROYED state/ },
    kind: 'not found',
    says: 'version {number} of secret "{secret}" in project {project} is destroyed',
    hint: 'add a version (gcloud secrets versions add {secret} --project={project}), or refer to another version, such as #1, since latest means the newest version even if it is not enabled',
  },
  {
    when: { code: 'UNAUTHENTICATED/ACCESS_TOKEN_EXPIRED' },
    kind: 'refused',
    says: 'Google says that the access token has expired (credentials from: {link})',
    hint: 'start again for a new one, and check the clock of this machine',
  },
  {
    when: { code: /^UNAUTHENTICATED\b/ },
    kind: 'refused',
    says: 'Google refused the access token (credentials from: {link})',
    hint: 'check that the service account is not disabled, and its key not deleted',
  },
  {
    kind: 'setting',
    says: 'Google could not serve secret "{secret}" in project {project} ({code})',
    hint: 'check the reference and KONG_VAULT_GCP_PROJECT_ID; try gcloud secrets versions access latest --secret={secret} --project={project}',
  },
] as const satisfies FaultTable;

/** What was asked for, the link of the chain whose token was sent, and whose that token is. */
export type SecretQuestion = {
  readonly project: string;
  readonly secret: string;
  readonly version: string;
  readonly link: string;
  readonly principal: () => Promise<string | undefined>;
};

/** The error for an answer of Secret Manager that is not a secret. */
export async function explainFetch(answer: Answer, question: SecretQuestion): Promise<EntrypointError> {
  const { status, text } = answer;
  const error = readError(text);
  const place = 'Google Secret Manager';
  const health = 'status.cloud.google.com';
  if (error === undefined) {
    return explainBy(notSecretManager, { status }, { place, health, check: secretManager.address });
  }
  const { project, secret, version, link, principal } = question;
  const email = status === 403 ? await principal() : undefined;
  const [, number = version] = /\/versions\/(\d+)\]/.exec(error.message) ?? [];
  return explainBy(
    refusedSecret,
    { status, ...error, facts: version === 'latest' ? [] : ['a version by number'] },
    {
      ...{ place, health, project, secret, version, link },
      caller: email ?? 'the service account of this instance',
      member: email ?? 'EMAIL',
      number,
    },
  );
}

/** The error of a Google API: its status, after a slash the first reason among its details, and its message. */
function readError(text: string): { readonly code: string; readonly message: string } | undefined {
  const error = fieldOf(parseJson(text), 'error');
  const [status, message, details] = [
    word(fieldOf(error, 'status')),
    fieldOf(error, 'message'),
    fieldOf(error, 'details'),
  ];
  if (status === '' || typeof message !== 'string') return undefined;
  const reasons = Array.isArray(details) ? details.map((detail) => word(fieldOf(detail, 'reason'))) : [];
  const reason = reasons.find((one) => one !== '');
  return { code: reason === undefined ? status : `${status}/${reason}`, message };
}

function word(value: unknown): string {
  return typeof value === 'string' && /^[A-Z][A-Z_]{1,60}$/.test(value) ? value : '';
}
