import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectures } from './assemble.ts';
import { digestOf, writeAttachment } from './oci-layout.ts';

/** What an index says of one architecture. */
export type PlatformDigest = { readonly architecture: string; readonly digest: string };

const isLocal = (reference: string): boolean => /^(?:localhost|127\.0\.0\.1)[:/]/.test(reference);

/** Pushes a layout as it is, all architectures of it, under that reference. skopeo logs in as `docker login` did. */
export function pushLayout(folder: string, reference: string): void {
  const tls = `--dest-tls-verify=${!isLocal(reference)}`;
  const copy = ['copy', '--insecure-policy', '--quiet', '--all', '--preserve-digests', tls];
  execFileSync('skopeo', [...copy, `oci:${folder}`, `docker://${reference}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The manifest or index as the registry has it, byte for byte. */
export function fetchManifest(reference: string): Buffer {
  const tls = `--tls-verify=${!isLocal(reference)}`;
  return execFileSync('skopeo', ['inspect', '--raw', tls, `docker://${reference}`]);
}

/** Throws if what the registry has under the digest is something else, or lacks an architecture. */
export function readPlatforms(name: string, digest: string): readonly PlatformDigest[] {
  const index = fetchManifest(`${name}@${digest}`);
  if (digestOf(index) !== digest) throw new Error(`${name}@${digest}: the registry has ${digestOf(index)}`);
  const { manifests }: { manifests: { digest: string; platform: { architecture: string } }[] } = JSON.parse(
    index.toString('utf8'),
  );
  const platforms = manifests.map((one) => ({ digest: one.digest, architecture: one.platform.architecture }));
  for (const wanted of architectures) {
    if (!platforms.some(({ architecture }) => architecture === wanted)) {
      throw new Error(`${name}@${digest}: it has no program for ${wanted}`);
    }
  }
  return platforms;
}

type Attachment = {
  readonly name: string;
  readonly digest: string;
  /** As cosign names them: a signature or an attestation. */
  readonly suffix: 'sig' | 'att';
  readonly content: Buffer;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
};

/** Puts it where cosign and the container tools look for it: beside the image, under the tag `sha256-DIGEST.SUFFIX`. */
export function attach({ name, digest, suffix, content, mediaType, annotations }: Attachment): void {
  const folder = mkdtempSync(join(tmpdir(), 'kong-entrypoint-attach-'));
  try {
    writeAttachment(folder, content, { mediaType, annotations });
    pushLayout(folder, attachedTo(name, digest, suffix));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What was attached, and its annotations. */
export function fetchAttached(
  name: string,
  digest: string,
  suffix: 'sig' | 'att',
): { readonly content: Buffer; readonly annotations: Readonly<Record<string, string>> } {
  const folder = mkdtempSync(join(tmpdir(), 'kong-entrypoint-fetch-'));
  try {
    const reference = attachedTo(name, digest, suffix);
    const copy = ['copy', '--insecure-policy', '--quiet', `--src-tls-verify=${!isLocal(reference)}`];
    execFileSync('skopeo', [...copy, `docker://${reference}`, `oci:${folder}`]);
    const { layers }: { layers: { digest: string; annotations?: Record<string, string> }[] } = JSON.parse(
      fetchManifest(reference).toString('utf8'),
    );
    const [layer] = layers;
    if (layer === undefined) throw new Error(`${reference}: nothing is attached`);
    const content = readFileSync(join(folder, 'blobs/sha256', layer.digest.replace('sha256:', '')));
    return { content, annotations: layer.annotations ?? {} };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function attachedTo(name: string, digest: string, suffix: string): string {
  return `${name}:${digest.replace(':', '-')}.${suffix}`;
}
