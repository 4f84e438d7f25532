import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Azure, startAzure, VAULT } from '../emulators/azure.ts';
import type { Environment } from './vault-world.ts';

export const CLIENT = '99999999-8888-7777-6666-555555555555';
export const TENANT = '11111111-2222-3333-4444-555555555555';
export const CLIENT_SECRET = 'Q~hunter2+client/secret';
export const ASSERTION = 'eyJ.token-of-the-pod.sig';

/** The token that each link of the chain gets. */
export const TOKENS = {
  secret: 'eyJ.by-client-secret.sig',
  workload: 'eyJ.by-workload-identity.sig',
  managed: 'eyJ.by-managed-identity.sig',
} as const;

/** What no error may hold. */
export const HIDDEN = ['hunter2', ASSERTION, ...Object.values(TOKENS)];

/** Azure on this machine, and the files that a test writes. */
export type AzureWorld = {
  readonly azure: Azure;
  /** The vault, the way to Azure and its certificate authority; no managed identity is there. */
  readonly environment: Environment;
  /** What each link of the chain needs. */
  readonly withSecret: Environment;
  readonly withToken: Environment;
  /** Writes a file and returns its path. */
  write(name: string, text: string): string;
  close(): Promise<void>;
};

/** A port where nobody listens: every question for a managed identity is refused. */
const NO_MANAGED_IDENTITY = { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1' } as const;

export async function createAzureWorld(): Promise<AzureWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'azure-'));
  const azure = await startAzure();
  azure.applications.push({
    clientId: CLIENT,
    tenantId: TENANT,
    resource: 'https://vault.azure.net',
    secret: { proof: CLIENT_SECRET, token: TOKENS.secret },
    assertion: { proof: ASSERTION, token: TOKENS.workload },
  });
  for (const token of Object.values(TOKENS)) azure.addToken(token);
  function write(name: string, text: string): string {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  }
  return {
    azure,
    environment: {
      KONG_VAULT_AZURE_VAULT_URI: `https://${VAULT}`,
      HTTPS_PROXY: azure.proxyUrl,
      NODE_EXTRA_CA_CERTS: write('azure.pem', azure.authority),
      ...NO_MANAGED_IDENTITY,
    },
    withSecret: { AZURE_CLIENT_ID: CLIENT, AZURE_TENANT_ID: TENANT, AZURE_CLIENT_SECRET: CLIENT_SECRET },
    withToken: {
      AZURE_CLIENT_ID: CLIENT,
      AZURE_TENANT_ID: TENANT,
      AZURE_FEDERATED_TOKEN_FILE: write('token', `${ASSERTION}\n`),
    },
    write,
    async close() {
      await azure.close();
      rmSync(folder, { recursive: true });
    },
  };
}
