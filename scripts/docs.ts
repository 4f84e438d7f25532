import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listErrors } from './docs/error-list.ts';
import { generatedPages } from './docs/pages.ts';

/** Writes what the documentation takes from the code. */
const root = fileURLToPath(new URL('..', import.meta.url));
for (const [path, text] of generatedPages(root, listErrors(root))) writeFileSync(join(root, path), text);
