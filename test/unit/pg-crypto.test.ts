import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as ours from '../../scripts/build/pg-crypto.ts';

const theirs: unknown = createRequire(import.meta.url)('pg/lib/crypto/utils');

const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');

/** The arguments that the PostgreSQL client gives to each, with a password beyond ASCII among them. */
const calls: Readonly<Record<Exclude<keyof typeof ours, 'randomBytes'>, readonly (readonly unknown[])[]>> = {
  deriveKey: [
    ['pencil', salt, 4096],
    ['pässwörd 🔑', salt, 1],
  ],
  sha256: [[salt], [Buffer.alloc(0)]],
  hashByName: ['SHA-256', 'SHA-384', 'SHA-512'].map((name) => [name, salt]),
  hmacSha256: [
    [salt, 'Client Key'],
    [Buffer.alloc(32, 1), 'n=*,r=é'],
  ],
  md5: [['text é'], [salt]],
  postgresMd5PasswordHash: [['kong', 'pässwörd', Buffer.from([1, 2, 3, 4])]],
};

async function bytesOf(module: unknown, name: string, words: readonly unknown[]): Promise<string> {
  assert.ok(typeof module === 'object' && module !== null);
  const compute: unknown = Reflect.get(module, name);
  assert.ok(typeof compute === 'function', name);
  const result: unknown = await compute(...words);
  if (typeof result === 'string') return result;
  assert.ok(result instanceof ArrayBuffer || Buffer.isBuffer(result));
  return Buffer.from(result instanceof ArrayBuffer ? new Uint8Array(result) : result).toString('hex');
}

for (const [name, rows] of Object.entries(calls)) {
  test(`${name} gives what the PostgreSQL client's own does`, async () => {
    for (const words of rows) assert.equal(await bytesOf(ours, name, words), await bytesOf(theirs, name, words));
  });
}

test('the module has every function of the one that it replaces, so that an update of the client shows here', () => {
  assert.ok(typeof theirs === 'object' && theirs !== null);
  assert.deepEqual(Object.keys(ours).toSorted(), Object.keys(theirs).toSorted());
  assert.equal(ours.randomBytes(18).length, 18);
});
