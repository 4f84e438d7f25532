import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { NotExecutableError, ProgramNotFoundError } from '../../src/errors.ts';
import { findProgram } from '../../src/process/executable.ts';

const folder = mkdtempSync(join(tmpdir(), 'executable-'));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Buffer, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function elf(changes: (header: Buffer) => void): Buffer {
  const header = Buffer.alloc(4096);
  header.write('\x7fELF', 'latin1');
  header.set([2, 1, 1], 4);
  header.writeUInt16LE(process.arch === 'arm64' ? 183 : 62, 18);
  changes(header);
  return header;
}

/** One program header that names a dynamic loader. */
function withLoader(header: Buffer, loader: string): void {
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(3, 64);
  header.writeBigUInt64LE(512n, 72);
  header.writeBigUInt64LE(BigInt(loader.length + 1), 96);
  header.write(loader, 512);
}

const script = write('script', '#!/bin/sh\ntrue\n');
mkdirSync(join(folder, 'folder'));
symlinkSync(script, join(folder, 'link'));
copyFileSync('/bin/true', join(folder, 'true'));
chmodSync(join(folder, 'true'), 0o711);

const found: readonly (readonly [name: string, word: string])[] = [
  ['a script with an interpreter', script],
  ['a symbolic link to a script', join(folder, 'link')],
  ['a program of this machine', join(folder, 'true')],
  ['an interpreter with arguments and blanks', write('blanks', '#! \t/bin/sh -e\n')],
  [
    'a static program, which needs no loader',
    write(
      'static',
      elf(() => undefined),
    ),
  ],
];

for (const [name, word] of found) {
  test(`${name} can be run`, () => {
    assert.equal(findProgram(word, { path: undefined, self: undefined }), word);
  });
}

type Refusal = readonly [name: string, path: string, error: typeof NotExecutableError | typeof ProgramNotFoundError];

const refused: readonly Refusal[] = [
  ['a file that is not there', join(folder, 'nothing'), ProgramNotFoundError],
  ['a path through a file', `${script}/x`, ProgramNotFoundError],
  ['a folder', join(folder, 'folder'), NotExecutableError],
  ['a file without the mode', write('plain', '#!/bin/sh\n', 0o644), NotExecutableError],
  ['a text without #!', write('text', 'echo hello\n'), NotExecutableError],
  ['an empty file', write('empty', ''), NotExecutableError],
  ['a script whose interpreter is not there', write('lost', '#!/no/such/interpreter\n'), ProgramNotFoundError],
  ['a script whose interpreter may not be executed', write('dull', `#!${join(folder, 'plain')}\n`), NotExecutableError],
  ['a script with an empty first line', write('nameless', '#!\n'), ProgramNotFoundError],
  [
    'a program of another machine',
    write(
      'foreign',
      elf((header) => header.writeUInt16LE(8, 18)),
    ),
    NotExecutableError,
  ],
  [
    'a 32-bit program',
    write(
      'small',
      elf((header) => header.set([1], 4)),
    ),
    NotExecutableError,
  ],
  [
    'a program whose loader is not there',
    write(
      'alien',
      elf((header) => withLoader(header, '/lib/ld-none.so')),
    ),
    ProgramNotFoundError,
  ],
];

for (const [name, path, error] of refused) {
  test(`${name} is refused with ${error === NotExecutableError ? 126 : 127}`, () => {
    assert.throws(
      () => findProgram(path, { path: undefined, self: undefined }),
      (thrown) => thrown instanceof error && thrown.message.includes(path) && thrown.hint !== '',
    );
  });
}

test('a word without a slash is looked for in PATH, and the first that can be run is taken', () => {
  mkdirSync(join(folder, 'other'));
  writeFileSync(join(folder, 'other', 'script'), 'no');
  const path = `${join(folder, 'other')}:/no/such/folder:${folder}`;
  assert.equal(findProgram('script', { path, self: undefined }), script);
  assert.throws(() => findProgram('nothing', { path, self: undefined }), ProgramNotFoundError);
  assert.throws(() => findProgram('plain', { path, self: undefined }), NotExecutableError);
});

test('we never run ourselves, by whatever path', () => {
  const { dev, ino } = statSync(script);
  assert.throws(() => findProgram(join(folder, 'link'), { path: undefined, self: { dev, ino } }), NotExecutableError);
});
