import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { tarOfProgram } from './tar-entry.ts';

/** What a manifest says of a blob. */
export type Descriptor = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** One architecture of the image: the program, and the platform as the registry calls it. */
export type PlatformProgram = { readonly architecture: 'amd64' | 'arm64'; readonly program: Buffer };

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

/**
 * Writes an OCI image layout (opencontainers/image-spec, image-layout.md) of the program alone, `/kong-entrypoint`, one manifest for each
 * architecture. It holds the very files that were tested on their own machines; the same files give the same digests. Returns the
 * digest of the image for all architectures.
 */
export function writeImage(
  folder: string,
  programs: readonly PlatformProgram[],
  labels: Readonly<Record<string, string>>,
): string {
  openLayout(folder);
  const manifests = programs.map(({ architecture, program }) => {
    const layer = tarOfProgram('kong-entrypoint', program);
    const packed = writeBlob(folder, gzipSync(layer), 'application/vnd.oci.image.layer.v1.tar+gzip');
    const config = {
      architecture,
      os: 'linux',
      config: { Labels: labels },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    };
    const written = writeManifest(folder, writeJson(folder, config, CONFIG), [packed]);
    return { ...written, platform: { architecture, os: 'linux' } };
  });
  const index = writeJson(folder, { schemaVersion: 2, mediaType: INDEX, manifests, annotations: labels }, INDEX);
  closeLayout(folder, index);
  return index.digest;
}

/** Writes a layout with one blob that belongs to an image, as a signature or an attestation does. */
export function writeAttachment(folder: string, content: Buffer, about: Omit<Descriptor, 'digest' | 'size'>): void {
  openLayout(folder);
  const layer = { ...writeBlob(folder, content, about.mediaType), annotations: about.annotations ?? {} };
  const config = { architecture: '', os: '', config: {}, rootfs: { type: 'layers', diff_ids: [layer.digest] } };
  closeLayout(folder, writeManifest(folder, writeJson(folder, config, CONFIG), [layer]));
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function openLayout(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

function closeLayout(folder: string, whole: Descriptor): void {
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [whole] }));
}

function writeManifest(folder: string, config: Descriptor, layers: readonly Descriptor[]): Descriptor {
  return writeJson(folder, { schemaVersion: 2, mediaType: MANIFEST, config, layers }, MANIFEST);
}

function writeJson(folder: string, value: object, mediaType: string): Descriptor {
  return writeBlob(folder, Buffer.from(JSON.stringify(value)), mediaType);
}

function writeBlob(folder: string, content: Buffer, mediaType: string): Descriptor {
  const digest = digestOf(content);
  writeFileSync(join(folder, 'blobs/sha256', digest.slice('sha256:'.length)), content);
  return { mediaType, digest, size: content.length };
}
