import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type PostgresqlVersion = 18 | 12;

/** The account that runs the server: PostgreSQL refuses to run as root, so root hands it to `nobody`. */
export type Account = { readonly uid: number; readonly gid: number };

export type PostgresqlBinaries = { readonly initdb: string; readonly postgres: string };

/** The versions that the installed packages offer on this machine. */
export function availablePostgresqlVersions(): readonly PostgresqlVersion[] {
  const versions: readonly PostgresqlVersion[] = [18, 12];
  return versions.filter((version) => nativeFolder(version) !== undefined);
}

/** The account for the server's processes, or undefined where the tests' own will do. */
export function serverAccount(): Account | undefined {
  return process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;
}

/** Finds the programs of the npm package, and copies them where the account cannot reach them. */
export function findPostgresqlBinaries(version: PostgresqlVersion): PostgresqlBinaries {
  const native = nativeFolder(version);
  if (native === undefined) throw new Error(`PostgreSQL ${version} is not installed for ${process.arch}`);
  linkLibraries(native);
  const reachable = runs(native) ? native : copyForAccount(native);
  return { initdb: join(reachable, 'bin', 'initdb'), postgres: join(reachable, 'bin', 'postgres') };
}

function nativeFolder(version: PostgresqlVersion): string | undefined {
  try {
    const entry = import.meta.resolve(`postgresql-${version}-linux-${process.arch}`);
    return join(dirname(fileURLToPath(entry)), '..', 'native');
  } catch {
    return undefined;
  }
}

/** Makes the symbolic links that the package's install script makes, for installations that run no scripts. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const link of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const target = join(native, '..', link.target);
    if (existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    symlinkIfAbsent(basename(link.source), target);
  }
}

/** Another test file may be making the same link at the same time. */
function symlinkIfAbsent(source: string, target: string): void {
  try {
    symlinkSync(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function runs(native: string): boolean {
  const options = { ...serverAccount(), cwd: '/', env: {} };
  return spawnSync(join(native, 'bin', 'postgres'), ['--version'], options).status === 0;
}

/** A checkout under a private home folder cannot be read by `nobody`. */
function copyForAccount(native: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'postgresql-binaries-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  cpSync(native, folder, { recursive: true, verbatimSymlinks: true });
  if (!runs(folder)) throw new Error(`the programs in ${native} cannot be run by uid ${serverAccount()?.uid}`);
  return folder;
}
