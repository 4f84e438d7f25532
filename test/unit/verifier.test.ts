import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { createVerifier } from '../../src/database/provisioning/verifier.ts';
import { SecretContentError } from '../../src/errors.ts';
import { revealSecret, Secret } from '../../src/secret.ts';

const POSTGRESQL_18 = 180_004;

function verifierOf(password: string, options: { role?: string; serverVersion?: number; salt?: Buffer } = {}): string {
  const { role = 'kong', serverVersion = POSTGRESQL_18, ...rest } = options;
  return revealSecret(createVerifier({ password: new Secret(password), role, serverVersion, ...rest }));
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** The exchange of RFC 7677, section 3: user `user`, password `pencil`. */
const rfc7677 = {
  salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
  proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverSignature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  messages: [
    'n=user,r=rOprNGfwEbeRWgbNEkqO',
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  ].join(','),
};

test('the verifier of RFC 7677 accepts its client and answers as its server', () => {
  const verifier = verifierOf('pencil', { salt: Buffer.from(rfc7677.salt, 'base64') });
  const [, salt, stored = '', server = ''] = /^SCRAM-SHA-256\$4096:([^$]+)\$([^:]+):(.+)$/.exec(verifier) ?? [];
  assert.equal(salt, rfc7677.salt);
  const storedKey = Buffer.from(stored, 'base64');
  const signature = hmac(storedKey, rfc7677.messages);
  const proof = Buffer.from(rfc7677.proof, 'base64');
  const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
  assert.deepEqual(sha256(clientKey), storedKey);
  assert.equal(hmac(Buffer.from(server, 'base64'), rfc7677.messages).toString('base64'), rfc7677.serverSignature);
});

test('each verifier has a salt of its own, of 16 bytes', () => {
  const salts = [1, 2, 3].map(() => /:([^$]+)\$/.exec(verifierOf('pencil'))?.[1] ?? '');
  assert.equal(new Set(salts).size, 3);
  for (const salt of salts) assert.equal(Buffer.from(salt, 'base64').length, 16);
});

test('before PostgreSQL 10 it is the md5 of password and role', () => {
  // select 'md5' || md5('pencilkong')
  assert.equal(verifierOf('pencil', { serverVersion: 90_624 }), 'md562393271d1d1fbfd9b7af5a7cb6474e5');
  assert.match(verifierOf('pencil', { serverVersion: 100_000 }), /^SCRAM-SHA-256\$/);
});

/** By RFC 4013, section 3, and its tables: what SASLprep changes. */
const changed: readonly (readonly [name: string, password: string])[] = [
  ['a soft hyphen', 'I\u00adX'],
  ['a feminine ordinal', '\u00aa'],
  ['a roman numeral', '\u2168'],
  ['a no-break space', 'a\u00a0b'],
  ['a zero width joiner', 'a\u200db'],
  ['a variation selector', '\u2764\ufe0f'],
  ['a byte order mark', '\ufeffab'],
  ['a letter and its accent apart', 'e\u0301'],
  ['full width letters', '\uff21\uff22'],
];
for (const [name, password] of changed) {
  test(`a password with ${name} is refused, and not shown`, () => {
    assert.throws(
      () => verifierOf(password),
      (error) => error instanceof SecretContentError && error.exitCode === 65 && !error.message.includes(password),
    );
    assert.match(verifierOf(password, { serverVersion: 90_624 }), /^md5/, 'md5 takes the text as it is');
  });
}

for (const password of ['user', 'p\u00e4ssw\u00f6rd', '\u5bc6\u7801', '\u{1f511}', ' a b ', `it's "\\ $%`]) {
  test(`the password ${JSON.stringify(password)} is taken`, () => {
    assert.match(
      verifierOf(password),
      /^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/,
    );
  });
}

test('a verifier prints as a secret', () => {
  const verifier = createVerifier({ password: new Secret('pencil'), role: 'kong', serverVersion: POSTGRESQL_18 });
  assert.equal(`${verifier} ${JSON.stringify(verifier)}`, '[secret] "[secret]"');
});
