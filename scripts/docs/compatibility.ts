import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishedScripts } from '../../src/handover/published-scripts.ts';
import { baseImages } from '../../test/engine/base-image-rows.ts';
import { DEFAULT_KNOBS } from '../../test/world/stand-in-kong/knobs.ts';
import { enterpriseKnobs } from '../../test/world/stand-in-kong/shape.ts';

/** What the tests run, as tables in Markdown: read from the rows of the tests and from the packages that they start. */
export function printPlayedKongs(): string {
  const rows = [
    ['open source', DEFAULT_KNOBS.version, '`npm test`'],
    ['Enterprise', enterpriseKnobs([]).version, '`npm run test:rest`, and single rows of `npm test`'],
  ].map(([edition, version, where]) => `| ${edition} | ${version} | ${where} |`);
  return ['| Edition | A stand-in plays | In |', '|---|---|---|', ...rows].join('\n');
}

export function printEntryScripts(): string {
  const rows = [...publishedScripts].map(([sha256, { of }]) => `| ${of} | \`${sha256.slice(0, 12)}\` |`);
  return ['| Entry script of | SHA-256 begins with |', '|---|---|', ...rows].join('\n');
}

export function printPostgresqls(root: string): string {
  const rows = postgresqlsOf(root).map(({ version, architectures }) => `| ${version} | ${architectures.join(', ')} |`);
  return ['| PostgreSQL | Real servers, on |', '|---|---|', ...rows].join('\n');
}

export function printBaseImages(): string {
  const rows = baseImages.map(({ suite, glibc, like }) => `| Debian ${suite} | ${glibc} | ${like} |`);
  return ['| Libraries of | glibc | Stands for |', '|---|---|---|', ...rows].join('\n');
}

type Postgresql = { readonly version: string; readonly architectures: readonly string[] };

/** The servers that `npm ci` brings: `postgresql-18-linux-x64`, an alias of a package whose version is the server's. */
function postgresqlsOf(root: string): Postgresql[] {
  const manifest: { readonly optionalDependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const servers = Object.entries(manifest.optionalDependencies).flatMap(([name, version]) => {
    const architecture = /^postgresql-\d+-linux-(?<arch>\w+)$/.exec(name)?.groups?.['arch'];
    const server = /@(?<server>\d+\.\d+)[^@]*$/.exec(version)?.groups?.['server'];
    return architecture === undefined || server === undefined ? [] : [{ version: server, architecture }];
  });
  const byVersion = Map.groupBy(servers, ({ version }) => version);
  return [...byVersion].map(([version, all]) => ({ version, architectures: all.map((one) => one.architecture) }));
}
