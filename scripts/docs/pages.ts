import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOwner, withOwner } from '../release/name.ts';
import { printBaseImages, printEntryScripts, printPlayedKongs, printPostgresqls } from './compatibility.ts';
import type { ListedError } from './error-list.ts';
import { printErrorPage } from './error-page.ts';
import { printFleetTables } from './fleet-table.ts';
import { printLoginTable } from './login-table.ts';
import { printExitCodes, printSettingsTable, withGenerated } from './tables.ts';
import { printVersionTable } from './version-table.ts';

/** Each page that is generated, or has a generated part: its path, and its text as the code has it now. */
export function generatedPages(root: string, errors: readonly ListedError[]): ReadonlyMap<string, string> {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const fleet = readFileSync(join(root, 'docs/fleet.md'), 'utf8');
  const versions = readFileSync(join(root, 'docs/kong-versions.md'), 'utf8');
  const logins = readFileSync(join(root, 'docs/logins.md'), 'utf8');
  const withSettings = withGenerated(readme, 'settings', printSettingsTable());
  const owner = readOwner(root);
  const owned = ['docs/image.md', 'docs/releasing.md'].map((page): [string, string] => {
    return [page, withOwner(readFileSync(join(root, page), 'utf8'), owner)];
  });
  return new Map([
    ['README.md', withOwner(withGenerated(withSettings, 'exit codes', printExitCodes()), owner)],
    ...owned,
    ['docs/errors.md', printErrorPage(errors)],
    ['docs/kong-versions.md', withGenerated(versions, 'defaults by version', printVersionTable())],
    ['docs/logins.md', withGenerated(logins, 'ways to log in', printLoginTable())],
    ['docs/fleet.md', withGenerated(fleet, 'situations', printFleetTables())],
    ['docs/compatibility.md', compatibilityPage(root)],
  ]);
}

function compatibilityPage(root: string): string {
  const tables = {
    kongs: printPlayedKongs(),
    scripts: printEntryScripts(),
    servers: printPostgresqls(root),
    bases: printBaseImages(),
  };
  const page = readFileSync(join(root, 'docs/compatibility.md'), 'utf8');
  return Object.entries(tables).reduce((text, [name, table]) => withGenerated(text, name, table), page);
}
