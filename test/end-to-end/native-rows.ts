import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Fault } from '../world/stand-in-kong/stand-in-kong.ts';
import type { Variables } from './how-to-start.ts';

/** A start of `kong docker-start` that is compared with the one that goes through the image's script. */
export type NativeRow = {
  readonly given: string;
  /** Set besides; undefined unsets a variable. `FOLDER` is where the files are, and the prefix is `FOLDER/prefix`. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** Words after `kong docker-start`. */
  readonly words?: readonly string[];
  /** What a shell before both of them does; lines of sh. */
  readonly prelude?: string;
  /** Lays out files below the folder. */
  readonly layOut?: (folder: string) => Promise<unknown> | unknown;
  readonly faults?: readonly Fault[];
  /** Both end with it before Kong runs; two where they differ on purpose. Absent, Kong runs. */
  readonly exitCode?: number | { readonly script: number; readonly native: number };
  /** What the native start says when it ends so. */
  readonly says?: RegExp;
};

const failing: readonly Fault[] = [{ kind: 'exit', code: 9, on: 'prepare', message: 'no room' }];

const environmentRows: readonly NativeRow[] = [
  { given: 'nothing besides' },
  { given: 'KONG_NGINX_DAEMON=on, which stays', variables: { KONG_NGINX_DAEMON: 'on' } },
  { given: 'KONG_NGINX_DAEMON set to nothing', variables: { KONG_NGINX_DAEMON: '' } },
  { given: 'values of several lines, of other letters, and of nothing', variables: { A: 'x\ny\n', B: 'ä☃', C: '' } },
  {
    given: 'a reference, which stays one',
    variables: { KONG_PG_PASSWORD: '{vault://env/my-password}', MY_PASSWORD: 'behind the reference' },
  },
  { given: 'a umask and a folder', prelude: 'umask 027; cd "$KONG_FOLDER"', variables: { KONG_FOLDER: 'FOLDER' } },
  { given: 'no KONG_PREFIX', variables: { KONG_PREFIX: undefined }, faults: failing, exitCode: 9 },
  { given: 'KONG_PREFIX set to nothing', variables: { KONG_PREFIX: '' }, faults: failing, exitCode: 9 },
  { given: 'a prefix that is not there yet', variables: { KONG_PREFIX: 'FOLDER/not/yet there' } },
];

const wordRows: readonly NativeRow[] = [
  { given: 'options of kong prepare', words: ['-v', '--vv'] },
  {
    given: 'a kong.conf',
    words: ['-c', 'FOLDER/kong.conf'],
    layOut: (folder) => writeFileSync(join(folder, 'kong.conf'), 'log_level = warn\ndatabase = off\n'),
  },
  { given: 'an option that kong prepare does not know', words: ['--no-such'], exitCode: 1 },
];

const fileRows: readonly NativeRow[] = [
  {
    given: 'KONG_LOG_LEVEL_FILE, whose last newlines do not count',
    variables: { KONG_LOG_LEVEL_FILE: 'FOLDER/level' },
    layOut: (folder) => writeFileSync(join(folder, 'level'), 'warn\n\n'),
  },
  {
    given: 'KONG_LOG_LEVEL_FILE, and KONG_LOG_LEVEL set to nothing',
    variables: { KONG_LOG_LEVEL_FILE: 'FOLDER/level', KONG_LOG_LEVEL: '' },
    layOut: (folder) => writeFileSync(join(folder, 'level'), ' debug '),
  },
  { given: 'KONG_LOG_LEVEL_FILE set to nothing', variables: { KONG_LOG_LEVEL_FILE: '' } },
  {
    given: 'KONG_PREFIX_FILE',
    variables: { KONG_PREFIX: undefined, KONG_PREFIX_FILE: 'FOLDER/where' },
    layOut: (folder) => writeFileSync(join(folder, 'where'), `${folder}/prefix of a file\n`),
  },
  {
    given: 'KONG_LOG_LEVEL and KONG_LOG_LEVEL_FILE',
    variables: { KONG_LOG_LEVEL_FILE: 'FOLDER/level', KONG_LOG_LEVEL: 'info' },
    layOut: (folder) => writeFileSync(join(folder, 'level'), 'warn\n'),
    exitCode: { script: 1, native: 78 },
    says: /error: KONG_LOG_LEVEL: KONG_LOG_LEVEL and KONG_LOG_LEVEL_FILE are both set\n.*hint: remove one of them; the image's own script refuses to start with both\n/,
  },
];

const prefixRows: readonly NativeRow[] = [
  { given: 'sockets that a Kong left behind, and files that are none', layOut: layOutSockets },
  { given: 'logs of a Kong that wrote them to files', layOut: layOutLogs },
  {
    given: 'kong prepare that fails',
    faults: failing,
    exitCode: 9,
    says: /^Error: no room\n[\s\S]*error: kong prepare failed with exit code 9\n.*hint: its own lines above say why; the prefix \(KONG_PREFIX\) must be a folder that this user may write to\n/m,
  },
  {
    given: 'a prefix that cannot be made',
    variables: { KONG_PREFIX: 'FOLDER/file/prefix' },
    layOut: (folder) => writeFileSync(join(folder, 'file'), ''),
    exitCode: 1,
    says: /error: kong prepare failed with exit code 1\n/,
  },
  {
    given: 'a prefix that is read-only',
    layOut: (folder) => mkdirSync(join(folder, 'prefix'), { mode: 0o555 }),
    exitCode: 1,
    says: /error: kong prepare failed with exit code 1\n/,
  },
  {
    given: 'a folder of logs that is read-only',
    layOut: (folder) => layOutReadOnly(join(folder, 'prefix/logs')),
    exitCode: { script: 1, native: 71 },
    says: /error: KONG_PREFIX: \S+\/prefix\/logs\/access.log cannot be made a link to \/dev\/stdout \(EACCES\)\n.*hint: Kong's prefix must be a folder that the user of the container may write to, with all that is in it\n/,
  },
  {
    given: 'a socket in a folder that is read-only',
    layOut: (folder) => layOutReadOnly(join(folder, 'prefix/sockets'), (sockets) => leaveSocket(sockets, 'we')),
    exitCode: { script: 1, native: 71 },
    says: /error: KONG_PREFIX: the dangling socket \S+\/prefix\/sockets\/we cannot be removed \(EACCES\)\n.*hint: Kong's prefix must be/,
  },
];

export const nativeRows: readonly NativeRow[] = [...environmentRows, ...wordRows, ...fileRows, ...prefixRows];

/** The variables of the row, its folder put where it is named. */
export function placeVariables({ variables = {} }: NativeRow, folder: string, others: Variables): Variables {
  const all = Object.entries({ ...others, ...variables });
  return Object.fromEntries(
    all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value.replaceAll('FOLDER', folder)]])),
  );
}

async function layOutSockets(folder: string): Promise<void> {
  const prefix = join(folder, 'prefix');
  mkdirSync(join(prefix, 'sockets', 'deeper'), { recursive: true });
  for (const name of ['worker_events.sock', '.hidden.sock']) await leaveSocket(prefix, name);
  for (const name of ['we', 'with space', '.hidden']) await leaveSocket(join(prefix, 'sockets'), name);
  await leaveSocket(join(prefix, 'sockets', 'deeper'), 'too deep');
  await leaveSocket(folder, 'elsewhere');
  symlinkSync(join(folder, 'elsewhere'), join(prefix, 'a-link-to-a-socket'));
  symlinkSync(join(folder, 'nowhere'), join(prefix, 'sockets', 'a-link-to-nothing'));
  writeFileSync(join(prefix, 'sockets', 'no-socket.sock'), '');
}

/** A socket whose server is gone. A server that ends in order takes its file with it, but not a second name of that. */
async function leaveSocket(folder: string, name: string): Promise<void> {
  const listening = join(folder, 'listening');
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(listening, resolve));
  linkSync(listening, join(folder, name));
  await new Promise((resolve) => server.close(resolve));
}

function layOutLogs(folder: string): void {
  const logs = join(folder, 'prefix', 'logs');
  mkdirSync(logs, { recursive: true });
  writeFileSync(join(logs, 'access.log'), 'old\n');
  symlinkSync('/dev/null', join(logs, 'admin_access.log'));
  symlinkSync(folder, join(logs, 'error.log'));
}

async function layOutReadOnly(path: string, fill?: (path: string) => Promise<void>): Promise<void> {
  mkdirSync(path, { recursive: true });
  await fill?.(path);
  chmodSync(path, 0o555);
}
