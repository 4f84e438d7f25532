import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { releaseNotes } from './notes.ts';
import { writeImage } from './oci-layout.ts';

export type Release = {
  readonly root: string;
  readonly version: string;
  readonly commit: string;
  readonly source: string;
};

export const architectures = ['amd64', 'arm64'] as const;

/** Where `npm run build -- --name` puts the program for an architecture; its bill of materials has `.cdx.json` after that. */
export function programPath(root: string, architecture: string): string {
  return join(root, 'dist', `kong-entrypoint-linux-${architecture}`);
}

/**
 * Makes `dist/release` of the programs that each machine built: an archive for each, the bills of materials, `checksums.txt` and
 * `notes.md`; and `dist/release-image`, the image as an OCI layout. Returns the image's digest.
 */
export function assemble({ root, version, commit, source }: Release): string {
  const folder = join(root, 'dist/release');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const names = architectures.flatMap((architecture) => {
    const name = `kong-entrypoint-${version}-linux-${architecture}`;
    packArchive(root, programPath(root, architecture), join(folder, `${name}.tar.gz`));
    copyFileSync(`${programPath(root, architecture)}.cdx.json`, join(folder, `${name}.cdx.json`));
    return [`${name}.tar.gz`, `${name}.cdx.json`];
  });
  copyFileSync(join(root, 'dist/kong-entrypoint.cjs'), join(folder, 'kong-entrypoint.cjs'));
  writeFileSync(join(folder, 'checksums.txt'), printChecksums(folder, [...names, 'kong-entrypoint.cjs']));
  const notes = releaseNotes(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version);
  writeFileSync(join(folder, 'notes.md'), notes);
  const programs = architectures.map((architecture) => {
    return { architecture, program: readFileSync(programPath(root, architecture)) };
  });
  return writeImage(join(root, 'dist/release-image'), programs, labelsOf({ version, commit, source }));
}

/** As `sha256sum --check` reads them. */
export function printChecksums(folder: string, names: readonly string[]): string {
  const lines = names.map((name) => {
    const digest = createHash('sha256').update(readFileSync(join(folder, name)));
    return `${digest.digest('hex')}  ${name}\n`;
  });
  return lines.join('');
}

function labelsOf({ version, commit, source }: Omit<Release, 'root'>): Record<string, string> {
  return {
    'org.opencontainers.image.title': 'kong-entrypoint',
    'org.opencontainers.image.description': 'The entrypoint of a Kong Gateway image, to COPY --from',
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.revision': commit,
    'org.opencontainers.image.source': source,
  };
}

/** Dated 1970 and owned by root, so that the same files give the same archive. */
function packArchive(root: string, program: string, archive: string): void {
  const work = mkdtempSync(join(tmpdir(), 'kong-entrypoint-archive-'));
  try {
    copyFileSync(program, join(work, 'kong-entrypoint'));
    // An artifact of a workflow arrives without its mode.
    chmodSync(join(work, 'kong-entrypoint'), 0o755);
    copyFileSync(`${program}.cdx.json`, join(work, 'kong-entrypoint.cdx.json'));
    for (const name of ['LICENSE', 'THIRD_PARTY_LICENSES']) copyFileSync(join(root, name), join(work, name));
    const fixed = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--mode=u+rw,go=rX'];
    const tar = execFileSync('tar', [...fixed, '-c', '-C', work, '.'], { maxBuffer: 2 ** 29 });
    writeFileSync(archive, execFileSync('gzip', ['-9n'], { input: tar, maxBuffer: 2 ** 29 }));
  } finally {
    rmSync(work, { recursive: true });
  }
}
