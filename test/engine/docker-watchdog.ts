import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

export type Watchdog = { dismiss(): void };

/** Waits for the end of its input, which comes when the test process is gone, even by KILL; then cleans up. */
const SCRIPT = `
cat > /dev/null
daemon=$(cat "$1/docker.pid" 2> /dev/null)
[ -z "$daemon" ] || kill "$daemon" 2> /dev/null
attempts=0
while [ -n "$daemon" ] && kill -0 "$daemon" 2> /dev/null && [ $attempts -lt 300 ]; do
  sleep 0.1
  attempts=$((attempts + 1))
done
while read -r _ point _; do
  case $point in "$1"/*) umount -l "$point" 2> /dev/null ;; esac
done < /proc/self/mounts
rm -rf "$1"
`;

/** Sees to it that the daemon in this folder does not outlive the test process. */
export function watchOverDaemon(folder: string): Watchdog {
  const watchdog = spawn('/bin/sh', ['-c', SCRIPT, 'docker-watchdog', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  watchdog.unref();
  (watchdog.stdin as Socket).unref();
  return { dismiss: () => watchdog.stdin.end() };
}
