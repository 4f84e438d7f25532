import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { readCommandLine } from '../../../src/cli/command-line.ts';
import { linkLogs } from '../../../src/handover/prefix-files.ts';
import { withoutScript } from '../../../src/handover/published-scripts.ts';
import { assertStringsFit } from '../../../src/handover/replace-process.ts';
import { runChild } from '../../../src/process/child.ts';
import { assertExecutable } from '../../../src/process/executable.ts';
import { createMask } from '../../../src/process/mask.ts';
import { describeErrors } from './told.ts';

const folder = mkdtempSync(join(tmpdir(), 'errors-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string | Buffer, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const script = file('script', '#!/bin/sh\n');
const kong = file('kong', '#!/bin/sh\n');
const plain = file('plain', 'no script');
const withPlainInterpreter = file('of-a-file', `#!${file('interpreter', 'text', 0o644)}\n`);
mkdirSync(join(folder, 'logs', 'access.log', 'stdout'), { recursive: true });

describeErrors('the command line', [
  [
    'gives an output that there is not',
    () => readCommandLine(['--plan', '--output', 'xml']),
    '64 --output takes text or json | see kong-entrypoint --help',
  ],
  [
    'gives an output where nothing is printed',
    () => readCommandLine(['--output', 'json', 'kong', 'start']),
    '64 --output goes with --plan, --check or --iam-policy | see kong-entrypoint --help',
  ],
]);

describeErrors(
  'a program',
  [
    [
      'has too much to be given',
      () => assertStringsFit({ path: '/bin/true', argv: ['true'], environment: { A: 'x'.repeat(131_072) } }),
      '126 /bin/true cannot be started: its arguments and environment are too long | the kernel allows 128 KiB for one variable, and a quarter of the stack limit for all of them; use a file (KONG_X_FILE) for a long value',
    ],
    [
      'is ourselves',
      () => assertExecutable(script, statSync(script)),
      '126 /script is kong-entrypoint itself | give the command that it is to become, such as kong docker-start',
    ],
    [
      'has a name that no system takes',
      () => assertExecutable(`/${'x'.repeat(256)}`, undefined),
      `126 /${'x'.repeat(256)} cannot be looked at (ENAMETOOLONG) | check the permissions of the file and of the folders above it`,
    ],
    [
      'has an interpreter that is not a program',
      () => assertExecutable(withPlainInterpreter, undefined),
      '126 /of-a-file needs the interpreter /interpreter, which may not be executed | check the first line of the script and the mode of the interpreter',
    ],
    [
      'is a text',
      () => assertExecutable(plain, undefined),
      `126 /plain is neither a script with #! nor a program of this machine (${process.arch}) | start a script with #! and its interpreter; build a program for the architecture that the image runs on`,
    ],
    [
      'cannot be started',
      () => startWith({}),
      '71 a process for kong migrations could not be started (ENOENT) | check the limits on processes and memory (ulimit -u, pids and memory limits of the container)',
    ],
    [
      'is given a variable that is too long',
      () => startWith({ KONG_SSL_CERT: 'hunter2'.repeat(20_000) }),
      '78 KONG_SSL_CERT: the value is longer than the 128 KiB that a variable can hold | give the path of a file where the setting takes one, such as a certificate',
    ],
    [
      'is given a NUL',
      () => startWith({ KONG_SSL_CERT: 'hunter2\0' }),
      '78 KONG_SSL_CERT: the value holds a NUL byte, which no variable can | store it as text',
    ],
    [
      'is given too much',
      () => startWith(Object.fromEntries(Array.from({ length: 100 }, (_, one) => [`X_${one}`, 'x'.repeat(100_000)]))),
      '71 a process for kong migrations could not be started (E2BIG) | all variables together are more than the kernel takes, a quarter of the stack limit (ulimit -s): remove some',
    ],
    [
      'has a log that cannot be replaced',
      () => linkLogs({ kongPrefix: folder, effects: withoutScript }),
      "71 KONG_PREFIX: /logs/access.log/stdout cannot be made a link to /dev/stdout (ERR_FS_EISDIR) | Kong's prefix must be a folder that the user of the container may write to, with all that is in it",
    ],
  ],
  folder,
);

/** A start of `kong` with these variables; without any, of one that is not there. */
function startWith(environment: Readonly<Record<string, string>>): Promise<unknown> {
  return runChild({
    argv: [Object.keys(environment).length === 0 ? '/nonexistent/kong' : kong, 'migrations'],
    environment,
    mask: createMask([]),
    onOutput: () => undefined,
    stop: { signal: new AbortController().signal, onSignal: () => () => undefined },
    grace: 0,
    timeLimit: 0,
  });
}
