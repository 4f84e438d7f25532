import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

type Versions = Readonly<Record<string, string>>;
type Manifest = {
  readonly dependencies: Versions;
  readonly devDependencies: Versions;
  readonly optionalDependencies: Versions;
};
type Entry = {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
};

const root = fileURLToPath(new URL('../../../', import.meta.url));
const manifest: Manifest = read('package.json');
const lock: { readonly packages: Readonly<Record<string, Entry & Manifest>> } = read('package-lock.json');
const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;
const asked = kinds.flatMap((kind) => Object.entries(manifest[kind]));
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

/** `1.2.3`, `1.2.3-beta.4`, or the same of a package under another name. */
function isExact(version: string): boolean {
  return /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version);
}

function fromElsewhere([, { resolved = 'https://registry.npmjs.org/', link = false }]: readonly [
  string,
  Entry,
]): boolean {
  return link || !resolved.startsWith('https://registry.npmjs.org/');
}

describe('what the project depends on', () => {
  test('is pinned to one version each', () => {
    assert.ok(asked.length > 20);
    assert.deepEqual(
      asked.filter(([, version]) => !isExact(version)),
      [],
    );
    for (const version of [
      '^1.2.3',
      '~1.2.3',
      '1.2',
      '1.x',
      '*',
      'latest',
      '>=1.2.3',
      '',
      'github:a/b',
      'file:../a',
      'npm:a@^1.2.3',
    ])
      assert.ok(!isExact(version), version);
  });

  test('is locked as it is asked for', () => {
    for (const kind of kinds) assert.deepEqual(lock.packages['']?.[kind], manifest[kind]);
    const versionOf = (asking: string): string => asking.replace(/^.*@/, '');
    assert.deepEqual(
      asked.filter(([name, asking]) => lock.packages[`node_modules/${name}`]?.version !== versionOf(asking)),
      [],
    );
  });

  test('is proved by a SHA-512 of its archive, and so is all that it brings', () => {
    assert.ok(locked.length > 200);
    assert.deepEqual(
      locked.filter(([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)).map(([path]) => path),
      [],
    );
  });

  test('comes from the public registry, and so does all that it brings', () => {
    assert.deepEqual(
      locked.filter(fromElsewhere).map(([path]) => path),
      [],
    );
    const elsewhere = [
      'http://registry.npmjs.org/a',
      'https://registry.npmjs.org.example.com/a',
      'git+ssh://git@example.com/a',
      'file:a',
    ];
    for (const resolved of elsewhere) assert.ok(fromElsewhere(['a', { resolved }]), resolved);
    assert.doesNotMatch(readFileSync(join(root, '.npmrc'), 'utf8'), /registry *=\s*\S*:/);
  });

  test('has one version of Node for all processors', () => {
    const nodes = asked.filter(([name]) => name.startsWith('node-linux-'));
    assert.equal(nodes.length, 2);
    assert.equal(new Set(nodes.map(([, version]) => version)).size, 1);
  });
});
