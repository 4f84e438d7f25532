import { mkdtempSync, rmdirSync } from 'node:fs';
import { codeOf, SystemRefusedError } from '../errors.ts';

/** Kong's command line writes to `/tmp` whatever `TMPDIR` says, so the prefix may as well be there. */
export const TEMPORARY = '/tmp/kong-entrypoint-';

/** A new folder in `/tmp`, of mode 0700. Throws SystemRefusedError where none can be made. */
export function makeTemporaryFolder(): string {
  try {
    return mkdtempSync(TEMPORARY);
  } catch (cause) {
    throw new SystemRefusedError(`no folder can be made in /tmp (${codeOf(cause)})`, {
      hint: "Kong's command line needs a writable /tmp: mount a tmpfs there when the root file system is read-only",
      cause,
    });
  }
}

/** Each command of Kong's runs through `resty`, which makes a folder there. Throws SystemRefusedError where it could not. */
export function assertWritableTmp(): void {
  rmdirSync(makeTemporaryFolder());
}
