import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Docker from the packages of this system, where it is missing: as root on Debian or Ubuntu. The packages stay, as those of any other tool. */
export function installDocker(): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error('no Docker engine answers, and only root on Debian can have one started here');
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...words: readonly string[]): unknown =>
    execFileSync('apt-get', ['-qq', '-o', 'Dpkg::Use-Pty=0', ...words], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  apt('update');
  apt('install', '--yes', '--no-install-recommends', ...missing);
}

/** From Debian 13 on, the client is a package of its own, and BuildKit is a plugin of it. */
function missingPackages(): string[] {
  const missing = existsSync('/usr/sbin/dockerd') || existsSync('/usr/bin/dockerd') ? [] : ['docker.io'];
  if (debianVersion() < 13) return missing;
  const hasClient = existsSync('/usr/bin/docker');
  const hasBuildx = spawnSync('docker', ['buildx', 'version'], { stdio: 'ignore' }).status === 0;
  return [...missing, ...(hasClient ? [] : ['docker-cli']), ...(hasBuildx ? [] : ['docker-buildx'])];
}

function debianVersion(): number {
  const [, version = '0'] = /^VERSION_ID="?(\d+)/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  return Number(version);
}
