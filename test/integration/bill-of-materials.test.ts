import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { readBillOfMaterials } from '../world/bill-of-materials.ts';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

test('beside the binary lies its bill of materials, which names it by its hash', async () => {
  const text = readFileSync(join(dist, 'kong-entrypoint.cdx.json'), 'utf8');
  assert.equal(await new Validation.JsonStrictValidator(Spec.Spec1dot6.version).validate(text), null);
  const { metadata, components } = readBillOfMaterials(text);
  const content = createHash('sha256')
    .update(readFileSync(join(dist, 'kong-entrypoint')))
    .digest('hex');
  assert.deepEqual(metadata.component.hashes, [{ alg: 'SHA-256', content }]);
  assert.ok(components.length > 50);
});
