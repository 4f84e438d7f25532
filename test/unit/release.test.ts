import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { signingCalls, verifyingCalls } from '../../scripts/release/cosign.ts';
import { imageName, readOwner, tagsOf, withOwner } from '../../scripts/release/name.ts';
import { releaseNotes } from '../../scripts/release/notes.ts';
import { makeKeyPair, openStatement, sealStatement } from '../../scripts/release/signing.ts';
import { describeProvenance, makeStatement, PROVENANCE, readBuildRun } from '../../scripts/release/statement.ts';
import { tarOfProgram } from '../../scripts/release/tar-entry.ts';
import { versionOf } from '../../scripts/release/version.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const DIGEST = 'a'.repeat(64);
const github = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/kong-entrypoint',
  GITHUB_REF: 'refs/tags/v1.2.3',
  GITHUB_SHA: 'b'.repeat(40),
  GITHUB_RUN_ID: '7',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_WORKFLOW_REF: 'acme/kong-entrypoint/.github/workflows/release.yml@refs/tags/v1.2.3',
};

describe('the name of an image', () => {
  for (const [version, tags] of [
    ['1.2.3', ['1.2.3', '1.2', '1']],
    ['10.0.0', ['10.0.0', '10.0', '10']],
    ['1.2.3-rc.1', ['1.2.3-rc.1']],
  ] as const) {
    test(`of ${version} has the tags ${tags.join(', ')}`, () => assert.deepEqual(tagsOf(version), tags));
  }

  test('has the owner of docker-bake.hcl, or another in small letters', () => {
    assert.equal(imageName(root), `ghcr.io/${readOwner(root).toLowerCase()}/kong-entrypoint`);
    assert.equal(imageName(root, 'Acme'), 'ghcr.io/acme/kong-entrypoint');
  });

  test('is carried into documents', () => {
    assert.equal(
      withOwner('COPY --from=ghcr.io/OWNER/kong-entrypoint:1 /', 'acme'),
      'COPY --from=ghcr.io/acme/kong-entrypoint:1 /',
    );
  });
});

describe('the notes of a release', () => {
  test('are what the changelog says of its version', () => {
    assert.equal(
      releaseNotes('# Changelog\n\n## 2.0.0, 2027-01-01\n\n- New.\n\n## 1.0.0\n\n- Old.\n', '2.0.0'),
      '- New.\n',
    );
  });

  test('have to be there', () => assert.throws(() => releaseNotes('# Changelog\n', '2.0.0'), /no entry for 2\.0\.0/));
});

describe('a sealed statement', () => {
  const keys = makeKeyPair();
  const provenance = describeProvenance(readBuildRun(github, 'unknown'));
  const statement = makeStatement([{ name: 'image', digest: { sha256: DIGEST } }], PROVENANCE, provenance);
  const envelope = sealStatement(statement, keys.privateKey);

  test('opens with its key', () => assert.deepEqual(openStatement(envelope, keys.publicKey, DIGEST), statement));

  for (const [how, changed, key, digest] of [
    ['another key', envelope, makeKeyPair().publicKey, DIGEST],
    ['another payload', { ...envelope, payload: Buffer.from('{}').toString('base64') }, keys.publicKey, DIGEST],
    ['another type', { ...envelope, payloadType: 'text/plain' }, keys.publicKey, DIGEST],
    ['no signature', { ...envelope, signatures: [] }, keys.publicKey, DIGEST],
    ['another digest', envelope, keys.publicKey, 'c'.repeat(64)],
  ] as const) {
    test(`does not open with ${how}`, () => {
      assert.throws(() => openStatement(changed, key, digest), /no signature of this key|not about/);
    });
  }

  test('says which commit, workflow and run', () => {
    const text = JSON.stringify(statement);
    for (const fact of [github.GITHUB_SHA, github.GITHUB_WORKFLOW_REF, 'actions/runs/7/attempts/2']) {
      assert.ok(text.includes(fact), fact);
    }
  });
});

test('cosign verifies each thing that it signed, as the workflow of this repository', () => {
  const signed = {
    image: 'image@sha256:1',
    platforms: [{ image: 'image@sha256:2', billOfMaterials: 'list.json' }],
    provenance: 'provenance.json',
    checksums: 'checksums.txt',
  };
  const signing = signingCalls(signed).map(([verb]) => verb);
  const verifying = verifyingCalls(signed, {
    repository: 'https://github.com/acme/kong-entrypoint',
    ref: 'refs/tags/v1',
  });
  assert.deepEqual(signing, ['sign', 'attest', 'attest', 'sign-blob']);
  assert.deepEqual(
    verifying.map(([verb]) => verb),
    ['verify', 'verify', 'verify-attestation', 'verify-attestation', 'verify-blob'],
  );
  for (const call of verifying) {
    assert.ok(call.includes('https://github.com/acme/kong-entrypoint/.github/workflows/release.yml@refs/tags/v1'));
  }
});

test('the archive of a program is the same bytes each time', () => {
  const tar = tarOfProgram('kong-entrypoint', Buffer.from('program'));
  assert.equal(tar.length, 512 + 512 + 1024);
  assert.deepEqual(tar, tarOfProgram('kong-entrypoint', Buffer.from('program')));
});

test('the version is one that the changelog has', () => assert.match(versionOf(root), /^\d+\.\d+\.\d+$/));
