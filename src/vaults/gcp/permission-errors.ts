import { AccessRefusedError, type EntrypointError, SettingError } from '../../errors.ts';
import type { GoogleToken } from './access-token.ts';
import type { GoogleError } from './google-answer.ts';
import type { SecretCall } from './secret-errors.ts';

/** The error for a 403: Google tells in the reason whether a role, a scope, the API or a perimeter is at fault. */
export async function explainForbidden(
  error: GoogleError,
  call: SecretCall,
  credentials: GoogleToken,
): Promise<EntrypointError> {
  const explain = byReason[reasonOf(error)];
  return explain === undefined ? noPermission(call, await credentials.principal()) : explain(call, credentials);
}

function reasonOf({ reason, message }: GoogleError): string {
  return /prohibited by organization's policy|vpcServiceControls/i.test(message) ? 'SECURITY_POLICY_VIOLATED' : reason;
}

const byReason: Readonly<Record<string, (call: SecretCall, credentials: GoogleToken) => EntrypointError>> = {
  SERVICE_DISABLED: ({ project }) =>
    new SettingError(`the Secret Manager API is not enabled in project ${project}`, {
      hint: `gcloud services enable secretmanager.googleapis.com --project=${project}, or correct KONG_VAULT_GCP_PROJECT_ID`,
    }),
  BILLING_DISABLED: ({ project }) =>
    new SettingError(`project ${project} has no billing, which the Secret Manager API needs`, {
      hint: 'link a billing account to the project, or correct KONG_VAULT_GCP_PROJECT_ID',
    }),
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: (_call, { link }) =>
    new AccessRefusedError(`the access token has no scope for Secret Manager (credentials from: ${link})`, {
      hint: 'give the instance or the node pool the access scope cloud-platform, or use Workload Identity on GKE',
    }),
  SECURITY_POLICY_VIOLATED: ({ secretId, project }) =>
    new AccessRefusedError(
      `a VPC Service Controls perimeter forbids reading secret "${secretId}" in project ${project}`,
      {
        hint: 'allow it by an ingress rule of the perimeter, or start inside of it; the audit log tells which rule refused',
      },
    ),
};

/** Google answers the same for a secret that does not exist, so that nobody learns which ones do. */
function noPermission({ secretId, project }: SecretCall, principal: string | undefined): EntrypointError {
  const who = principal ?? 'the service account of this instance';
  const member = principal ?? 'EMAIL';
  return new AccessRefusedError(
    `${who} may not read secret "${secretId}" in project ${project} (secretmanager.versions.access), or there is no such secret`,
    {
      hint: `give it the role Secret Manager Secret Accessor: gcloud secrets add-iam-policy-binding ${secretId} --project=${project} --member=serviceAccount:${member} --role=roles/secretmanager.secretAccessor`,
    },
  );
}
