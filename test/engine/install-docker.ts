import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackFromSuite } from './debian-suites.ts';

const PLUGINS = '/usr/local/lib/docker/cli-plugins';

/** Docker from the packages of this system, where it is missing: as root on Debian or Ubuntu. The packages stay, as those of any other tool. */
export function installDocker(): void {
  installPackages(missingPackages());
  if (!hasPlugin('compose')) installComposeOfNextSuite();
}

function installPackages(missing: readonly string[]): void {
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error('no Docker engine answers, and only root on Debian can have one started here');
  }
  aptGet(process.env, 'update');
  aptGet(process.env, 'install', '--yes', '--no-install-recommends', ...missing);
}

function aptGet(environment: NodeJS.ProcessEnv, ...words: readonly string[]): void {
  const options = ['-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=120'];
  execFileSync('apt-get', ['-qq', ...options, ...words], {
    env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Of the client in the packages: another one may come first on PATH. */
function hasPlugin(name: string): boolean {
  return spawnSync('/usr/bin/docker', [name, 'version'], { stdio: 'ignore' }).status === 0;
}

/**
 * Debian 12 has no Compose v2. That of Debian 13 is one file that needs no more than the libc of 12: it is taken out of its package, from
 * the mirror that this system uses, and put where an administrator puts plugins.
 */
function installComposeOfNextSuite(): void {
  const folder = mkdtempSync(join(tmpdir(), 'compose-'));
  try {
    unpackFromSuite({ folder, suite: 'trixie', packages: ['docker-compose'] });
    mkdirSync(PLUGINS, { recursive: true });
    const plugin = join(PLUGINS, 'docker-compose');
    copyFileSync(join(folder, 'root/usr/libexec/docker/cli-plugins/docker-compose'), `${plugin}.${process.pid}`);
    renameSync(`${plugin}.${process.pid}`, plugin);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** From Debian 13 on, the client is a package of its own, and BuildKit is a plugin of it. */
function missingPackages(): string[] {
  const missing = existsSync('/usr/sbin/dockerd') || existsSync('/usr/bin/dockerd') ? [] : ['docker.io'];
  if (debianVersion() < 13) return missing;
  const hasClient = existsSync('/usr/bin/docker');
  const plugins = ['buildx', 'compose'].filter((name) => !hasPlugin(name)).map((name) => `docker-${name}`);
  return [...missing, ...(hasClient ? [] : ['docker-cli']), ...plugins];
}

function debianVersion(): number {
  const [, version = '0'] = /^VERSION_ID="?(\d+)/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  return Number(version);
}
