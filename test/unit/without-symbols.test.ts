import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { withoutSymbols } from '../../scripts/build/without-symbols.ts';

const folder = mkdtempSync(join(tmpdir(), 'without-symbols-'));
after(() => rmSync(folder, { recursive: true }));

const given = readFileSync(process.execPath);
const cut = withoutSymbols(given);
const MEGABYTE = 1_000_000;

describe('Node without what is never loaded', () => {
  test('is about 18 MB smaller, with no strip on this machine', () => {
    assert.ok(given.length - cut.length > 17 * MEGABYTE, `${given.length} ${cut.length}`);
  });

  test('is the same bytes each time', () => {
    assert.ok(withoutSymbols(given).equals(cut));
    assert.ok(withoutSymbols(cut).subarray(0, 64).equals(cut.subarray(0, 64)));
  });

  test('runs', () => {
    const file = join(folder, 'node');
    writeFileSync(file, cut, { mode: 0o755 });
    const { stdout } = spawnSync(file, ['--print', 'process.version'], { encoding: 'utf8' });
    assert.equal(stdout, `${process.version}\n`);
  });

  test('names its sections, all of them loaded but the one of these names', () => {
    const names = sectionNames(cut);
    assert.equal(names[0], '');
    assert.equal(names.at(-1), '.shstrtab');
    for (const name of ['.text', '.rodata', '.dynsym', '.gnu.version_r', '.data', '.bss'])
      assert.ok(names.includes(name), name);
    for (const name of ['.symtab', '.strtab', '.debug_info', '.comment']) assert.ok(!names.includes(name), name);
  });
});

test('what is not a program of that kind is refused', () => {
  assert.throws(() => withoutSymbols(Buffer.from('#!/bin/sh\n')), /not an ELF file/);
});

test('a section that is loaded after one that is not is refused: it could not be cut off', () => {
  const program = Buffer.from(given);
  const table = Number(program.readBigUInt64LE(0x28));
  program.writeBigUInt64LE(0n, table + 64 + 8);
  assert.throws(() => withoutSymbols(program), /in another order/);
});

function sectionNames(program: Buffer): string[] {
  const table = Number(program.readBigUInt64LE(0x28));
  const names = Number(program.readBigUInt64LE(table + program.readUInt16LE(0x3e) * 64 + 24));
  return Array.from({ length: program.readUInt16LE(0x3c) }, (_, index) => {
    const start = names + program.readUInt32LE(table + index * 64);
    return program.toString('latin1', start, program.indexOf(0, start));
  });
}
