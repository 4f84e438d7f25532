import fs, { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { withPrivatePrefix } from '../../../src/migrations/private-prefix.ts';
import { readTrustedCertificates } from '../../../src/settings/trusted-certificates.ts';
import { readSecretFile } from '../../../src/vaults/fs/fetch.ts';
import { describeErrors } from './told.ts';

const folder = mkdtempSync(join(tmpdir(), 'errors-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'password'), 'hunter2');

/** The action on a system where this call is refused, or finds nothing: a machine on which tests run has no such system to offer. */
async function where(
  name: 'mkdtempSync' | 'readlinkSync' | 'statSync',
  code: string | undefined,
  action: () => unknown,
): Promise<unknown> {
  const original = fs[name];
  const refuse = (): undefined => {
    if (code !== undefined) throw Object.assign(new Error(code), { code });
  };
  Object.assign(fs, { [name]: refuse });
  syncBuiltinESMExports();
  try {
    return await action();
  } finally {
    Object.assign(fs, { [name]: original });
    syncBuiltinESMExports();
  }
}

describeErrors(
  'a system',
  [
    [
      'has no /tmp to write to',
      () => where('mkdtempSync', 'EROFS', () => withPrivatePrefix(async () => undefined)),
      "71 no folder can be made in /tmp (EROFS) | Kong's command line needs a writable /tmp: mount a tmpfs there when the root file system is read-only",
    ],
    [
      'has no bundle of certificates',
      () => where('statSync', undefined, () => readTrustedCertificates(['system'])),
      '78 lua_ssl_trusted_certificate: the value is system, and the image has no system certificate bundle | install ca-certificates in the image, or name the file of the certificate authority',
    ],
    [
      'has no /proc',
      () => where('readlinkSync', 'ENOENT', () => readSecretFile('password', { path: folder, bound: folder })),
      '71 /proc does not say where an opened file is (ENOENT) | mount /proc in the container; it shows whether a file is inside the prefix of the fs vault',
    ],
  ],
  folder,
);
