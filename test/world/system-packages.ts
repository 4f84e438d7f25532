import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * Puts a program of this system's packages where it is missing: as root on Debian or Ubuntu. The package stays, and its own service is not
 * started. False when the program is there afterwards, else the reason why not.
 */
export function whyNoProgram(path: string, packageName: string): string | false {
  if (existsSync(path)) return false;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    return `${path} is not here, and only root on Debian can have it installed`;
  }
  aptGet('update');
  aptGet('install', '--yes', '--no-install-recommends', packageName);
  return existsSync(path) ? false : `the package ${packageName} of this system brings no ${path}`;
}

/** Test files that run beside each other wait for each other's turn. */
function aptGet(...words: readonly string[]): void {
  const options = ['-qq', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=120'];
  execFileSync('flock', ['/var/lib/apt/lists/lock-of-tests', 'apt-get', ...options, ...words], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** False when these words can be run here, which do no harm; else what they said. */
export function whyNotRun(what: string, [program = '', ...words]: readonly string[]): string | false {
  const result = spawnSync(program, words, { encoding: 'utf8' });
  if (result.error !== undefined) return `no ${what}: ${result.error.message}`;
  return result.status === 0 ? false : `no ${what}: ${result.stderr.trim()}`;
}
