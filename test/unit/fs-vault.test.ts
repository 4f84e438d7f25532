import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { vaultReader } from '../world/vault-reader.ts';

/*
 * <root>/secrets is the prefix; <root>/outside is what no reference may read.
 */
const root = mkdtempSync(join(tmpdir(), 'fs-vault-'));
const secrets = join(root, 'secrets');
const outside = join(root, 'outside');
const mebibyte = 1024 * 1024;
let socket: Server;

const write = (path: string, content: string | Buffer) => writeFileSync(join(secrets, path), content);
const link = (path: string, target: string) => symlinkSync(target, join(secrets, path));

before(() => {
  chmodSync(root, 0o755);
  for (const folder of [secrets, outside, join(secrets, 'db'), join(secrets, 'db/a')]) mkdirSync(folder);
  writeFileSync(join(outside, 'passwd'), 'outside');
  write('plain', 'value\n');
  write('empty', '');
  write('bom', '\ufeffvalue');
  write('db.json', '{"pg_user":"kong","pg_password":"pw","port":5432}');
  write('db/user.txt', 'kong');
  write('db/a/b.json', '{"key":"deep"}');
  write('base64', 'dmFsdWU=');
  write('a+b c', 'odd name');
  write('largest', 'x'.repeat(mebibyte));
  write('larger', 'x'.repeat(mebibyte + 1));
  write('binary', Buffer.from([0x70, 0xff, 0x77]));
  write('locked', 'value');
  chmodSync(join(secrets, 'locked'), 0);
  mkdirSync(join(secrets, 'closed'), { mode: 0 });
  execFileSync('mkfifo', [join(secrets, 'pipe')]);
  socket = createServer().listen(join(secrets, 'socket'));
  link('inside', 'db/user.txt');
  link('also', 'db');
  link('out', '../outside/passwd');
  link('out-folder', outside);
  link('absolute', join(secrets, 'plain'));
  link('null', '/dev/null');
  link('circle', 'circle');
  link('dangling', 'nothing');
});
after(() => {
  socket.close();
  rmSync(root, { recursive: true });
});

const KONG_VAULT_FS_PREFIX = secrets;
const read = (reference: string) => vaultReader({ KONG_VAULT_FS_PREFIX }).read(reference);

/** The failure with the folders as `SECRETS` and `OUTSIDE`, and without the setting, which is always the same. */
async function failure(reference: string, environment: Record<string, string> = { KONG_VAULT_FS_PREFIX }) {
  const text = await vaultReader(environment).failure(reference);
  return text.replaceAll(secrets, 'SECRETS').replaceAll(outside, 'OUTSIDE').replaceAll(root, 'ROOT');
}

describe('the fs vault reads', () => {
  const rows: readonly (readonly [what: string, reference: string, value: string])[] = [
    ['a file', '{vault://fs/plain}', 'value'],
    ['an empty file', '{vault://fs/empty}', ''],
    ['its current content as version 1', '{vault://fs/plain#1}', 'value'],
    ['a byte order mark as what it is', '{vault://fs/bom}', '\ufeffvalue'],
    ['a key of a JSON file', '{vault://fs/db.json/pg_user}', 'kong'],
    ['a whole JSON file', '{vault://fs/db.json/}', '{"pg_user":"kong","pg_password":"pw","port":5432}'],
    ['a file in a folder, whose name is where a key would be', '{vault://fs/db/user.txt}', 'kong'],
    ['the same with a slash at the end', '{vault://fs/db/user.txt/}', 'kong'],
    ['the same in one part', '{vault://fs/db%2Fuser.txt}', 'kong'],
    ['a key of a JSON file in a folder', '{vault://fs/db/a/b.json/key}', 'deep'],
    ['a name with a plus and a space', '{vault://fs/a%252Bb%20c}', 'odd name'],
    ['a file of 1 MiB', '{vault://fs/largest}', 'x'.repeat(mebibyte)],
    ['base64 where that is asked for', '{vault://fs/base64?base64_decode=true}', 'value'],
    ['through a link that stays inside', '{vault://fs/inside}', 'kong'],
    ['through a link to a folder inside', '{vault://fs/also/user.txt}', 'kong'],
    ['through a link whose target is absolute', '{vault://fs/absolute}', 'value'],
    ['a path that goes up and stays inside', '{vault://fs/db%2F..%2Fplain}', 'value'],
    ['a name that begins with a slash, below the prefix all the same', '{vault://fs/%2Fplain}', 'value'],
  ];
  for (const [what, reference, value] of rows) {
    test(what, async () => assert.equal(await read(reference), value));
  }

  test('a volume as Kubernetes mounts it, also after it was replaced', async () => {
    const volume = join(root, 'volume');
    const put = (folder: string, password: string) => {
      mkdirSync(join(volume, folder), { recursive: true });
      writeFileSync(join(volume, folder, 'password'), password);
      symlinkSync(folder, join(volume, '..data_tmp'));
      renameSync(join(volume, '..data_tmp'), join(volume, '..data'));
    };
    put('..2026_11_24_08_00_00.1', 'first');
    symlinkSync('..data/password', join(volume, 'password'));
    const reader = vaultReader({ KONG_VAULT_FS_PREFIX: volume });
    assert.equal(await reader.read('{vault://fs/password}'), 'first');
    put('..2026_11_24_09_00_00.2', 'second');
    rmSync(join(volume, '..2026_11_24_08_00_00.1'), { recursive: true });
    assert.equal(await reader.read('{vault://fs/password}'), 'second');
  });

  test('the keys of one file, and the files of one folder apart', async () => {
    const reader = vaultReader({ KONG_VAULT_FS_PREFIX });
    const values = await reader.readAll({
      KONG_PG_USER: '{vault://fs/db.json/pg_user}',
      KONG_PG_PASSWORD: '{vault://fs/db.json/pg_password}',
      KONG_PG_HOST: '{vault://fs/db/user.txt}',
      KONG_PG_DATABASE: '{vault://fs/also/user.txt}',
    });
    assert.deepEqual(values, { pg_user: 'kong', pg_password: 'pw', pg_host: 'kong', pg_database: 'kong' });
  });

  test('below the prefix that a reference narrows, and that is all it can do', async () => {
    assert.equal(await read(`{vault://fs/user.txt?prefix=${secrets}/db}`), 'kong');
    assert.equal(await read(`{vault://fs/plain?prefix=${secrets}/db/../}`), 'value');
    assert.equal(await read(`{vault://fs/user.txt?prefix=${secrets}/also}`), 'kong');
  });

  test('below the prefix of a reference where none is configured', async () => {
    assert.equal(await vaultReader({}).read(`{vault://fs/passwd?prefix=${outside}}`), 'outside');
  });

  test('below a prefix that is a link itself, or the root', async () => {
    symlinkSync(secrets, join(root, 'link'));
    assert.equal(await vaultReader({ KONG_VAULT_FS_PREFIX: join(root, 'link') }).read('{vault://fs/inside}'), 'kong');
    assert.equal(
      await vaultReader({ KONG_VAULT_FS_PREFIX: '/' }).read(`{vault://fs/${secrets}/db.json/pg_user}`),
      'kong',
    );
  });
});

describe('the fs vault stops with', () => {
  const file = 'name a regular file: one that holds the value itself, or a JSON object whose key ends the reference';
  const absent = 'check the name: the last part of a reference is a key in a JSON file, unless the rest is a folder';
  const below = 'name a file below the prefix of the fs vault (KONG_VAULT_FS_PREFIX)';
  const above = 'put the file itself there, or set KONG_VAULT_FS_PREFIX to a folder above both';
  const mount = 'mount the secrets there, or set KONG_VAULT_FS_PREFIX to where they are';
  const narrow =
    'a reference may name a folder inside the configured prefix (KONG_VAULT_FS_PREFIX); to read elsewhere, configure it';
  const folder = 'give the folder that holds the secrets; the name of the file belongs in the reference';
  type Row = readonly [reference: string, failure: string, hint: string, environment?: Record<string, string>];
  const rows: readonly Row[] = [
    ['{vault://fs/nope}', '66 there is no file SECRETS/nope', absent],
    ['{vault://fs/db/nope}', '66 there is no file SECRETS/db/nope', absent],
    ['{vault://fs/plain/sub/key}', '66 there is no file SECRETS/plain/sub', absent],
    ['{vault://fs/dangling}', '66 there is no file SECRETS/dangling', absent],
    [`{vault://fs/${'n'.repeat(256)}}`, `78 SECRETS/${'n'.repeat(256)} cannot be read (ENAMETOOLONG)`, file],
    ['{vault://fs/a%2500b}', '65 the name holds a NUL byte, which no file name can', file],
    ['{vault://fs/..%2Foutside%2Fpasswd}', '78 the name leaves SECRETS through ..', below],
    ['{vault://fs/../outside/passwd}', '78 the name leaves SECRETS through ..', below],
    ['{vault://fs/db/..%2F..%2F..%2Foutside%2Fpasswd}', '78 the name leaves SECRETS through ..', below],
    ['{vault://fs/..%2Fsecretsother}', '78 the name leaves SECRETS through ..', below],
    ['{vault://fs/out}', '78 SECRETS/out leads out of SECRETS by a symbolic link', above],
    ['{vault://fs/out-folder/passwd}', '78 SECRETS/out-folder/passwd leads out of SECRETS by a symbolic link', above],
    ['{vault://fs/null}', '78 SECRETS/null leads out of SECRETS by a symbolic link', above],
    ['{vault://fs/circle}', '78 the symbolic links of SECRETS/circle form a loop', file],
    ['{vault://fs/db}', '65 SECRETS/db is a folder', file],
    ['{vault://fs/db/a}', '65 SECRETS/db/a is a folder', file],
    ['{vault://fs/pipe}', '65 SECRETS/pipe is a named pipe', file],
    ['{vault://fs/pipe/key}', '65 SECRETS/pipe is a named pipe', file],
    ['{vault://fs/socket}', '65 SECRETS/socket is a socket', file],
    ['{vault://fs/null}', '65 /dev/null is a device', file, { KONG_VAULT_FS_PREFIX: '/dev' }],
    ['{vault://fs/larger}', '65 SECRETS/larger is larger than 1 MiB', file],
    [
      '{vault://fs/binary}',
      '65 SECRETS/binary is not text in UTF-8',
      'store the value as text; bytes can be stored in base64, with KONG_VAULT_FS_BASE64_DECODE=on',
    ],
    [
      '{vault://fs/plain#2}',
      '78 the fs vault has no such version',
      'a file has its current content only: write #1 or nothing',
    ],
    [
      '{vault://fs/plain}',
      '78 the fs vault has no prefix',
      'set KONG_VAULT_FS_PREFIX to the folder that holds the secrets, such as /run/secrets/kong',
      {},
    ],
    [
      '{vault://fs/plain}',
      '78 the prefix ROOT/nope of the fs vault does not exist',
      mount,
      { KONG_VAULT_FS_PREFIX: join(root, 'nope') },
    ],
    [
      '{vault://fs/plain}',
      '78 the prefix SECRETS/plain of the fs vault is not a folder',
      folder,
      { KONG_VAULT_FS_PREFIX: join(secrets, 'plain') },
    ],
    [
      '{vault://fs/plain}',
      '78 the prefix SECRETS/circle of the fs vault cannot be used (ELOOP)',
      folder,
      { KONG_VAULT_FS_PREFIX: join(secrets, 'circle') },
    ],
    [
      `{vault://fs/passwd?prefix=${outside}}`,
      '78 the prefix OUTSIDE of the reference is not inside SECRETS, the configured prefix',
      narrow,
    ],
    [
      `{vault://fs/passwd?prefix=${secrets}/../outside}`,
      '78 the prefix OUTSIDE of the reference is not inside SECRETS, the configured prefix',
      narrow,
    ],
    [
      `{vault://fs/passwd?prefix=${secrets}/out-folder}`,
      '78 the prefix SECRETS/out-folder of the reference is not inside SECRETS, the configured prefix',
      narrow,
    ],
    [`{vault://fs/..%2Fplain?prefix=${secrets}/db}`, '78 the name leaves SECRETS/db through ..', below],
  ];
  for (const [reference, sentence, hint, environment = { KONG_VAULT_FS_PREFIX }] of rows) {
    test(`${sentence.slice(0, 70)}: ${reference.slice(0, 60).replace(root, '')}`, async () => {
      const text = await failure(reference, environment);
      const [code = '', ...words] = sentence.split(' ');
      const shown = reference.replaceAll(secrets, 'SECRETS').replaceAll(outside, 'OUTSIDE');
      assert.equal(text, `${code} KONG_PG_PASSWORD: ${words.join(' ')}: ${shown} | ${hint}`);
    });
  }

  test('78, a prefix that is not an absolute path', async () => {
    for (const prefix of ['secrets', './secrets', '~/secrets']) {
      const text = await failure('{vault://fs/plain}', { KONG_VAULT_FS_PREFIX: prefix });
      const hint = 'give the absolute path of a folder, such as /run/secrets/kong';
      assert.equal(text, `78 KONG_VAULT_FS_PREFIX: this is malformed: {vault://fs/plain} | ${hint}`);
    }
  });

  test('77, a file or a folder that this user may not read, and says which user that is', async () => {
    const read = await asNobody(async (uid) => [
      uid,
      await failure('{vault://fs/locked}'),
      await failure('{vault://fs/closed/file/key}'),
      await failure('{vault://fs/file}', { KONG_VAULT_FS_PREFIX: join(secrets, 'closed/within') }),
    ]);
    const [uid, ...texts] = read;
    const readable = `make it readable for the user that this container runs as (uid ${uid}), and every folder above it accessible`;
    const deny = (path: string) => `the permissions of SECRETS/${path} do not allow this user to read it`;
    assert.deepEqual(texts, [
      `77 KONG_PG_PASSWORD: ${deny('locked')}: {vault://fs/locked} | ${readable}`,
      `77 KONG_PG_PASSWORD: ${deny('closed/file')}: {vault://fs/closed/file/key} | ${readable}`,
      `77 KONG_PG_PASSWORD: the prefix SECRETS/closed/within of the fs vault may not be entered: {vault://fs/file} | allow the user that this container runs as (uid ${uid}) to enter every folder above it`,
    ]);
  });
});

test('what would be read is told beforehand, with the key only where it is one', async () => {
  const reader = vaultReader({ KONG_VAULT_FS_PREFIX });
  const as = 'the user of the container';
  assert.deepEqual(await reader.forecast('{vault://fs/plain}'), [`file ${secrets}/plain`, as, undefined]);
  assert.deepEqual(await reader.forecast('{vault://fs/db.json/pg_user}'), [`file ${secrets}/db.json`, as, 'pg_user']);
  assert.deepEqual(await reader.forecast('{vault://fs/db/user.txt}'), [`file ${secrets}/db/user.txt`, as, undefined]);
  assert.deepEqual(await vaultReader({}).forecast('{vault://fs/a}'), ['file <no prefix is set>/a', as, undefined]);
});

/** Root may read everything, so it becomes somebody else for these reads. */
async function asNobody<T>(act: (uid: number) => Promise<T>): Promise<T> {
  const uid = process.geteuid?.() ?? 0;
  if (uid !== 0) return act(uid);
  process.seteuid?.(65534);
  return act(65534).finally(() => process.seteuid?.(0));
}

test('nobody who swaps a folder for a link between the look and the opening gets a file outside read', async (t) => {
  const arena = join(root, 'arena');
  mkdirSync(join(arena, 'real'), { recursive: true });
  writeFileSync(join(arena, 'real/passwd'), 'inside');
  symlinkSync(outside, join(arena, 'trap'));
  const swapping = `
    const { renameSync } = require('node:fs');
    const { workerData } = require('node:worker_threads');
    for (;;) {
      renameSync(workerData + '/real', workerData + '/d');
      renameSync(workerData + '/d', workerData + '/real');
      renameSync(workerData + '/trap', workerData + '/d');
      renameSync(workerData + '/d', workerData + '/trap');
    }`;
  const swapper = new Worker(swapping, { eval: true, workerData: arena });
  t.after(() => swapper.terminate());
  const reader = vaultReader({ KONG_VAULT_FS_PREFIX: arena });
  const outcomes = new Map<string, number>();
  for (const end = performance.now() + 3000; performance.now() < end; ) {
    const outcome = await reader.read('{vault://fs/d%2Fpasswd}').catch((error: Error) => error.message.slice(-60));
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  assert(!outcomes.has('outside'), [...outcomes].join('; '));
  assert((outcomes.get('inside') ?? 0) > 10, 'the race was run');
});
