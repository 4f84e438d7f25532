import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readSymbolVersions } from '../../scripts/base-image/elf.ts';
import { findObstacle } from '../../scripts/base-image/find-obstacle.ts';
import { readImageFile } from '../../scripts/base-image/image-files.ts';

const root = mkdtempSync(join(tmpdir(), 'base-image-'));
after(() => rmSync(root, { recursive: true }));
const node = readFileSync(process.execPath);

test('a program’s needs are told by library', () => {
  const versions = readSymbolVersions(node);
  assert.ok(versions?.needed.get('libc.so.6')?.includes('GLIBC_2.28'));
  assert.ok(versions?.needed.get('libstdc++.so.6')?.includes('GLIBCXX_3.4.21'));
});

test('a file that is not a ELF file has none', () => {
  assert.equal(readSymbolVersions(Buffer.from('#!/bin/sh\n')), undefined);
  assert.equal(readSymbolVersions(Buffer.alloc(100)), undefined);
});

test('this machine, which runs Node, has nothing against it', () => {
  assert.equal(findObstacle('/', node), undefined);
});

test('an absolute link leads to the image’s own root', () => {
  mkdirSync(join(root, 'usr/lib64'), { recursive: true });
  writeFileSync(join(root, 'usr/lib64/passwd'), 'of the image');
  symlinkSync('/usr/lib64', join(root, 'lib64'));
  symlinkSync('/lib64/passwd', join(root, 'usr/lib64/absolute'));
  symlinkSync('../../../../lib64/passwd', join(root, 'usr/lib64/upwards'));
  assert.equal(readImageFile(root, '/lib64/passwd')?.toString(), 'of the image');
  assert.equal(readImageFile(root, '/lib64/absolute')?.toString(), 'of the image');
  assert.equal(readImageFile(root, '/lib64/upwards')?.toString(), 'of the image');
});

test('a link that leads nowhere, or round in a circle, is not a file', () => {
  symlinkSync('/etc/passwd', join(root, 'dangling'));
  symlinkSync('circle', join(root, 'circle'));
  assert.equal(readImageFile(root, '/dangling'), undefined);
  assert.equal(readImageFile(root, '/circle'), undefined);
});

test('an empty image has no glibc', () => {
  assert.match(findObstacle(root, node) ?? '', /^has no glibc: \/lib\S+ is not there$/);
});
