import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { currentLicences } from './licenses/current.ts';

/** Writes the licences of the packages of which code is in the binary. */
const root = fileURLToPath(new URL('..', import.meta.url));
writeFileSync(join(root, 'THIRD_PARTY_LICENSES'), await currentLicences(root));
