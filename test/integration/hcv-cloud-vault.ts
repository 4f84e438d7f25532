import assert from 'node:assert/strict';
import { startVault, type VaultEmulator } from '../emulators/hashicorp-vault.ts';
import { type Environment, hcvVault, placeOf } from './hcv-world.ts';

/** A Vault for logins by the identity of a cloud, with one secret that each of them may read. */
export type CloudVault = Pick<VaultEmulator, 'enable' | 'fail'> & {
  /** The secret is read with the token of a login, which is revoked at the end. */
  assertLogsIn(environment: Environment): Promise<void>;
  /** How a read ends that fails. */
  failure(environment: Environment): Promise<string>;
  /** Forgets what was asked and given. */
  forget(): void;
  close(): Promise<void>;
};

export async function startCloudVault(): Promise<CloudVault> {
  const vault = await startVault();
  vault.mount('secret', 'v1').put('kong', { a: 'b' });
  return {
    enable: (path, method) => vault.enable(path, method),
    fail: (fault) => vault.fail(fault),
    async assertLogsIn(environment) {
      const opened = hcvVault({ ...placeOf(vault), ...environment });
      assert.equal(await opened.read('{vault://hcv/kong}'), '{"a":"b"}');
      await opened.close();
      assert.equal(vault.given.length, 1);
      assert.deepEqual(vault.revoked, vault.given);
      assert.deepEqual(opened.lines, []);
    },
    failure: (environment) => hcvVault({ ...placeOf(vault), ...environment }).failure('{vault://hcv/kong}'),
    forget() {
      for (const list of [vault.requests, vault.given, vault.revoked]) list.length = 0;
    },
    close: () => vault.close(),
  };
}
