import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clearUnusedIcuData } from '../../scripts/build/icu-data.ts';

const CONTENT = Buffer.from('0123456789abcdef');
/** Of the last entry the end is not known. */
const LAST = 'zone/zu.res';

/** A program with ICU's data in it, as ICU lays them out: a header, a table of names and places, the names, the contents. */
function programWith(entries: readonly string[]): Buffer {
  const names = entries.map((name) => Buffer.from(`icudt78l/${name}\0`));
  const header = Buffer.alloc(32);
  header.writeUInt16LE(header.length, 0);
  header.writeUInt16LE(0x27da, 2);
  header.write('CmnD', 12);
  const table = Buffer.alloc(4 + 8 * entries.length);
  table.writeUInt32LE(entries.length, 0);
  const firstContent = table.length + Buffer.concat(names).length;
  let name = table.length;
  for (const [index, text] of names.entries()) {
    table.writeUInt32LE(name, 4 + 8 * index);
    table.writeUInt32LE(firstContent + CONTENT.length * index, 8 + 8 * index);
    name += text.length;
  }
  return Buffer.concat([
    Buffer.from('code, and CmnD as a word'),
    header,
    table,
    ...names,
    ...entries.map(() => CONTENT),
  ]);
}

function isCleared(entry: string): boolean {
  const program = programWith([entry, LAST]);
  const cut = clearUnusedIcuData(Buffer.from(program));
  const at = program.indexOf(CONTENT);
  assert.equal(cut.length, program.length);
  assert.deepEqual(cut.subarray(0, at), program.subarray(0, at), 'the code and the table stay');
  assert.deepEqual(cut.subarray(at + CONTENT.length), program.subarray(at + CONTENT.length), 'the next entry stays');
  return cut.subarray(at, at + CONTENT.length).every((byte) => byte === 0);
}

const rows: readonly (readonly [entry: string, cleared: boolean])[] = [
  ['ibm-943_P15A-2003.cnv', true],
  ['brkitr/thaidict.dict', true],
  ['unames.icu', true],
  ['de.res', true],
  ['zh_Hant.res', true],
  ['coll/de.res', true],
  ['zone/sr_Latn.res', true],
  ['unit/de_CH.res', true],
  ['nfkc.nrm', false],
  ['uts46.nrm', false],
  ['cnvalias.icu', false],
  ['uprops.icu', false],
  ['rfc3491.spp', false],
  ['brkitr/char.brk', false],
  ['root.res', false],
  ['en.res', false],
  ['en_GB.res', false],
  ['pool.res', false],
  ['res_index.res', false],
  ['supplementalData.res', false],
  ['likelySubtags.res', false],
  ['units.res', false],
  ['zoneinfo64.res', false],
  ['coll/root.res', false],
  ['coll/ucadata-unihan.icu', false],
  ['coll/en.res', false],
  ['zone/tzdbNames.res', false],
];

for (const [entry, cleared] of rows) {
  test(`${entry} ${cleared ? 'is cleared' : 'stays'} in the Node of the binary`, () => {
    assert.equal(isCleared(entry), cleared);
  });
}

test('a Node without ICU data cannot be cut', () => {
  assert.throws(() => clearUnusedIcuData(Buffer.from('code, and CmnD as a word')), /holds no ICU data/);
});
