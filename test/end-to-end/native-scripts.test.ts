import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { publishedScripts } from '../../src/handover/published-scripts.ts';
import { buildAlteredBundle } from '../world/altered-bundle.ts';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { type EntryScriptKind, entryScript } from '../world/stand-in-kong/scripts.ts';
import { installStandInKong, type StandInKong } from '../world/stand-in-kong/stand-in-kong.ts';
import { type Effects, effectsOf } from './native-effects.ts';
import { nativeRows } from './native-rows.ts';

/** What the scripts that Kong publishes do, by their SHA-256: read from them, and not from our source. */
const kinds: Readonly<Record<string, EntryScriptKind>> = {
  '97594908e0178c6e6f5fb05372b00b70105d3ce02defe7c757fa3b2da396a5b0': { socketGlobs: [], link: 'ln -sf' },
  b02e2a105d4f74e2d6181f7b021adbc161900e23b7e28fdc08efa4c90e3d9abe: { socketGlobs: [], link: 'ln -sfn' },
  '02c69a8b18585a6d5a20f782783c29462234d727d9ae77696e0061d3825a9c2d': { socketGlobs: ['*'], link: 'ln -sfn' },
  '2a84eb798fe84e610a5b368cd84ae7ff094b462a5785cf3614911edc900d689d': {
    socketGlobs: ['*', 'sockets/*'],
    link: 'ln -sfn',
  },
  a2c64dd8e892b9a6fff17f57d76d67e4a16007cd66c4913a1e18de6f91847099: { socketGlobs: ['sockets/*'], link: 'ln -sfn' },
};

let folder: string;
let kong: StandInKong;
let bundle: readonly string[];
let image: string;

/**
 * Kong's scripts are not ours to keep here, so scripts of our own with their effects stand in for them, and our program has the digests of
 * those in place of the published ones.
 */
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scripts-'));
  kong = installStandInKong(join(folder, 'kong'));
  image = join(folder, 'entrypoint.sh');
  const digests = Object.entries(kinds).map(([published, kind]) => [
    digestOf(scriptOf(kind)),
    publishedScripts.get(published),
  ]);
  const module = `
    export const imageScripts = [${JSON.stringify(image)}];
    export const publishedScripts = new Map(${JSON.stringify(digests)});
    export const withoutScript = { of: 'no image', socketFolders: ['.', 'sockets'], replacesLinksToFolders: true };`;
  const outfile = join(folder, 'kong-entrypoint.cjs');
  await buildAlteredBundle(outfile, 'published-scripts.ts', module);
  bundle = [process.execPath, outfile];
});
after(() => {
  execFileSync('chmod', ['-R', 'u+rwX', folder]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function scriptOf(kind: EntryScriptKind): string {
  return entryScript({ folder: kong.folder, node: process.execPath }, kind);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Makes this the image's entry script. */
function putScript(text: string): void {
  writeFileSync(image, text);
  chmodSync(image, 0o755);
}

const scriptsRun = (): number => kong.record().filter(({ program }) => program === 'docker-entrypoint.sh').length;

test('the published scripts are those of the table', () => {
  assert.deepEqual([...publishedScripts.keys()], Object.keys(kinds));
});

for (const [published, kind] of Object.entries(kinds)) {
  describe(`in place of the script of ${publishedScripts.get(published)?.of}, --start auto has its effects at length, given`, () => {
    before(() => putScript(scriptOf(kind)));
    for (const row of nativeRows) {
      test(row.given, async () => {
        const compare = (words: readonly string[]): Promise<Effects> =>
          effectsOf(words, row, kong, join(folder, 'files'));
        const script = await compare([image]);
        const native = await compare(bundle);
        assert.equal(scriptsRun(), 0, 'the script ran');
        assert.deepEqual(native.seen, script.seen);
      });
    }
  });
}

test('a script with one byte changed is run as it is', async () => {
  for (const kind of Object.values(kinds)) {
    putScript(scriptOf(kind).replace('\n\n', '\n \n'));
    await effectsOf(bundle, { given: 'nothing' }, kong, join(folder, 'files'));
    assert.equal(scriptsRun(), 1);
  }
});

const plans: readonly [name: string, options: readonly string[], layOut: () => void, says: RegExp][] = [
  [
    'a script that Kong publishes',
    [],
    () => putScript(scriptOf({ socketGlobs: ['sockets/*'], link: 'ln -sfn' })),
    /hand-over references, to \S*nginx \(native start: \S+entrypoint\.sh is that of kong 3\.8\.0 to 3\.9\.3\)/,
  ],
  [
    'a script of somebody else',
    [],
    () => putScript('#!/bin/sh\nexec "$@"\n'),
    /hand-over references, to \S+entrypoint\.sh \(the script: it is not a script that Kong publishes\)/,
  ],
  [
    'no script',
    [],
    () => rmSync(image),
    /hand-over references, to \S*nginx \(native start: the image has no entry script\)/,
  ],
  [
    '--start image',
    ['--start', 'image'],
    () => putScript(scriptOf({ socketGlobs: ['*'], link: 'ln -sfn' })),
    /hand-over references, to \S+entrypoint\.sh \(the script: --start image\)/,
  ],
  [
    '--start native',
    ['--start', 'native'],
    () => putScript('#!/bin/sh\n'),
    /hand-over references, to \S*nginx \(native start: --start native\)/,
  ],
  [
    '--program',
    ['--program', '/bin/true'],
    () => undefined,
    /hand-over references, to \/bin\/true \(the script: KONG_ENTRYPOINT_PROGRAM names it\)/,
  ],
];

for (const [name, options, layOut, says] of plans) {
  test(`--plan says how docker-start runs and why, with ${name}`, async () => {
    layOut();
    const { stdout, stderr } = await runEntrypoint({
      program: bundle,
      args: ['--plan', ...options, 'kong', 'docker-start'],
      environment: { PATH: `${kong.bin}:/usr/bin:/bin`, KONG_DATABASE: 'off' },
    });
    assert.match(stdout.replaceAll(/\s+/g, ' '), says, stderr);
  });
}
