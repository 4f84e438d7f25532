import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { architectures, assemble, programPath } from './release/assemble.ts';
import { type Signed, signingCalls, verifyingCalls } from './release/cosign.ts';
import { imageName, readOwner, tagsOf } from './release/name.ts';
import { pushLayout, readPlatforms } from './release/registry.ts';
import { reproduce } from './release/reproduce.ts';
import { describeProvenance, readBuildRun } from './release/statement.ts';
import { commitOf, versionOf } from './release/version.ts';

/*
 * node scripts/release.ts STEP, in this order; .github/workflows/release.yml runs them, docs/releasing.md tells how:
 *   check        the tag is the version of package.json
 *   reproduce    the bundle built twice again is the same bytes
 *   assemble     dist/release and dist/release-image, of the programs that both machines built
 *   push         the image, under each tag
 *   sign         by cosign, without a key, and verified at once
 * OWNER and REGISTRY in the environment replace the owner of docker-bake.hcl and ghcr.io.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const version = versionOf(root);
const commit = commitOf(root);
const owner = process.env['OWNER'] ?? readOwner(root);
const name = imageName(root, owner, process.env['REGISTRY']);
const layout = join(root, 'dist/release-image');
const provenance = join(root, 'dist/provenance.json');
const run = readBuildRun(process.env, commit);

const steps = {
  check(): void {
    const tag = process.env['GITHUB_REF_NAME'] ?? '';
    if (tag !== `v${version}`) throw new Error(`the tag is ${tag}, and package.json has ${version}`);
  },
  async reproduce(): Promise<void> {
    const defines = { BUILD_VERSION: JSON.stringify(version), BUILD_COMMIT: JSON.stringify(commit) };
    tell(`dist/kong-entrypoint.cjs ${await reproduce(root, defines)}, three times the same`);
  },
  assemble(): void {
    writeFileSync(provenance, JSON.stringify(describeProvenance(run)));
    const digest = assemble({ root, version, commit, source: `https://github.com/${owner}/kong-entrypoint` });
    writeFileSync(join(root, 'dist/release-digest'), digest);
    tell(`${name}@${digest}`);
  },
  push(): void {
    for (const tag of tagsOf(version)) pushLayout(layout, `${name}:${tag}`);
    for (const { architecture, digest } of readPlatforms(name, readDigest())) tell(`${architecture} ${name}@${digest}`);
  },
  sign(): void {
    const signed = describeSigned();
    const calls = [...signingCalls(signed), ...verifyingCalls(signed, run)];
    for (const call of calls) execFileSync('cosign', call, { stdio: 'inherit' });
  },
};

function readDigest(): string {
  return readFileSync(join(root, 'dist/release-digest'), 'utf8');
}

function describeSigned(): Signed {
  const digests = new Map(readPlatforms(name, readDigest()).map((one) => [one.architecture, one.digest]));
  const platforms = architectures.map((architecture) => {
    return {
      image: `${name}@${digests.get(architecture)}`,
      billOfMaterials: `${programPath(root, architecture)}.cdx.json`,
    };
  });
  return {
    image: `${name}@${readDigest()}`,
    platforms,
    provenance,
    checksums: join(root, 'dist/release/checksums.txt'),
  };
}

function tell(text: string): void {
  process.stdout.write(`release: ${text}\n`);
}

function isStep(word: string): word is keyof typeof steps {
  return word in steps;
}

const [, , word = ''] = process.argv;
if (!isStep(word)) throw new Error(`node scripts/release.ts ${Object.keys(steps).join('|')}`);
await steps[word]();
