import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Google, startGoogle } from '../emulators/google.ts';
import { createAccount, type GoogleAccount } from '../emulators/google-token-endpoint.ts';
import type { Environment } from './vault-world.ts';

/** Google on this machine, with one service account, and the files that a test writes. */
export type GcpWorld = {
  readonly google: Google;
  readonly account: GoogleAccount;
  /** The project, the way to Google and its certificate authority; no metadata server is there. */
  readonly environment: Environment;
  /** Writes a file and returns its path. */
  write(name: string, text: string): string;
  close(): Promise<void>;
};

/** A port where nobody listens: every question to the metadata server is refused at once. */
export const NO_METADATA = { GCE_METADATA_HOST: '127.0.0.1:1' } as const;

export async function createGcpWorld(): Promise<GcpWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'gcp-'));
  const google = await startGoogle();
  const account = createAccount('kong', 'ya29.token-of-the-service-account');
  google.accounts.push(account);
  google.addToken(account.token);
  function write(name: string, text: string): string {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  }
  return {
    google,
    account,
    environment: {
      KONG_VAULT_GCP_PROJECT_ID: 'project-123',
      HTTPS_PROXY: google.proxyUrl,
      NODE_EXTRA_CA_CERTS: write('google.pem', google.authority),
      ...NO_METADATA,
    },
    write,
    async close() {
      await google.close();
      rmSync(folder, { recursive: true });
    },
  };
}
