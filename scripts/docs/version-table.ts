import { versionedDefaults } from '../../src/settings/kong-defaults.ts';

/** The settings whose default differs by Kong's version, as a table in Markdown: a column for each version that changed one. */
export function printVersionTable(): string {
  const versions = sortedVersions();
  const rows = Object.entries(versionedDefaults).map(([key, defaults]) => {
    const cells = versions.map((version) => {
      const newest = defaults.findLast(({ since }) => compare(since, version) <= 0);
      return newest === undefined ? '-' : `\`${newest.text}\``;
    });
    return `| \`${key}\` | ${cells.join(' | ')} |`;
  });
  const heads = versions.map(([major, minor]) => `from ${major}.${minor}`);
  return [`| Setting | ${heads.join(' | ')} |`, `|---|${heads.map(() => '---').join('|')}|`, ...rows].join('\n');
}

type Version = readonly [major: number, minor: number];

function sortedVersions(): Version[] {
  const all = Object.values(versionedDefaults).flatMap((defaults) => defaults.map(({ since }) => since));
  const byName = new Map(all.map((version) => [version.join('.'), version]));
  return [...byName.values()].toSorted(compare);
}

function compare([major, minor]: Version, [otherMajor, otherMinor]: Version): number {
  return major - otherMajor || minor - otherMinor;
}
