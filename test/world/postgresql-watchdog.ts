import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

export type Watchdog = { dismiss(): void };

/** Waits for the end of its input, which comes when the test process is gone, even by KILL; then cleans up. */
const SCRIPT = `
cat > /dev/null
server=$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null)
[ -z "$server" ] || kill -QUIT "$server" 2> /dev/null
attempts=0
while [ -e "$1" ] && [ $attempts -lt 50 ]; do
  rm -rf "$1" 2> /dev/null || sleep 0.1
  attempts=$((attempts + 1))
done
`;

/** Sees to it that the server in this folder does not outlive the test process. */
export function watchOver(folder: string): Watchdog {
  const watchdog = spawn('/bin/sh', ['-c', SCRIPT, 'postgresql-watchdog', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
  });
  watchdog.unref();
  (watchdog.stdin as Socket).unref();
  return { dismiss: () => watchdog.stdin.end() };
}
