import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOGIN, startAzure, VAULT } from '../../test/emulators/azure.ts';
import { startGoogle } from '../../test/emulators/google.ts';
import { createAccount } from '../../test/emulators/google-token-endpoint.ts';

type Variables = Readonly<Record<string, string>>;

/** What has to be set for a start that reads the same secret from another vault. */
export type Clouds = { readonly environments: readonly Variables[]; close(): Promise<void> };

/** Google's and Azure's vault on the loopback, with this secret under the name `database`. Their certificates go into the folder. */
export async function startClouds(folder: string, secret: string): Promise<Clouds> {
  const [google, azure] = await Promise.all([startGoogle(), startAzure([VAULT, LOGIN])]);
  const account = createAccount('rehearsal', 'token-of-google');
  google.accounts.push(account);
  google.addToken(account.token);
  google.putSecret('database', secret);
  const login = { clientId: '00000000-0000-0000-0000-000000000001', tenantId: '00000000-0000-0000-0000-000000000002' };
  const unused = { proof: 'no-token-of-a-pod', token: 'none' };
  const bySecret = { proof: 'client-secret', token: 'token-of-azure' };
  azure.applications.push({ ...login, resource: 'https://vault.azure.net', secret: bySecret, assertion: unused });
  azure.addToken(bySecret.token);
  azure.putSecret('database', secret);

  function wayTo(
    name: string,
    { proxyUrl, authority }: { readonly proxyUrl: string; readonly authority: string },
  ): Variables {
    const path = join(folder, `${name}.pem`);
    writeFileSync(path, authority);
    const [user, password] = ['pg_user', 'pg_password'].map((key) => `{vault://${name}/database/${key}}`);
    return {
      KONG_PG_USER: `${user}`,
      KONG_PG_PASSWORD: `${password}`,
      HTTPS_PROXY: proxyUrl,
      NODE_EXTRA_CA_CERTS: path,
    };
  }
  return {
    environments: [
      {
        ...wayTo('gcp', google),
        KONG_VAULT_GCP_PROJECT_ID: 'project-123',
        GCP_SERVICE_ACCOUNT: account.keyText,
        GCP_AUTH_METHOD_ORDER: 'adc',
      },
      {
        ...wayTo('azure', azure),
        KONG_VAULT_AZURE_VAULT_URI: `https://${VAULT}`,
        AZURE_CLIENT_ID: login.clientId,
        AZURE_TENANT_ID: login.tenantId,
        AZURE_CLIENT_SECRET: bySecret.proof,
      },
    ],
    async close() {
      await Promise.all([google.close(), azure.close()]);
    },
  };
}
