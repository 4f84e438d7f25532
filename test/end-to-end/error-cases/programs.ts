import assert from 'node:assert/strict';
import type { Fault } from '../../world/stand-in-kong/stand-in-kong.ts';
import type { ErrorCase, Setting } from './error-case.ts';

function withFault(fault: Fault): (setting: Setting) => undefined {
  return ({ howTo }) => void howTo.world.kong.configure({ faults: [fault] });
}

const withoutNginx = [
  'error: nginx is neither /usr/local/openresty/nginx/sbin/nginx nor in PATH, and kong docker-start needs it when no entry script of the image runs',
  "hint: run this in an image of Kong; name the image's script (KONG_ENTRYPOINT_PROGRAM), or use the command kong start",
];

/** The programs that are run: `kong migrations`, the image's script, and what is named by the command. */
export const programCases: readonly ErrorCase[] = [
  {
    situation: 'kong migrations that fails, whose own exit code and words are passed on',
    make: withFault({ kind: 'exit', code: 3, on: 'migrations bootstrap', message: 'could not do it' }),
    exitCode: 3,
    lines: ['error: kong migrations bootstrap failed with exit code 3', 'hint: its own lines above say why'],
    alsoHolds: ({ stderr }) => assert.match(stderr, /^Error: could not do it$/m),
  },
  {
    situation: 'kong migrations that refuses the configuration, some of which we have blanked',
    make: () => ({ KONG_LOG_LEVEL: 'loud', KONG_SSL_CERT: '{vault://aws/other/cert}' }),
    exitCode: 1,
    lines: [
      'error: kong migrations bootstrap failed with exit code 1',
      'hint: its own lines above say why; left empty for it, because it does not need these references: KONG_SSL_CERT',
    ],
    alsoHolds: ({ stderr }) => assert.match(stderr, /^Error: log_level has an invalid value/m),
  },
  {
    situation: 'kong migrations that is killed',
    make: ({ file, environment }) => ({ PATH: `${killedKong(file)}:${environment['PATH']}` }),
    exitCode: 137,
    lines: [
      'error: kong migrations bootstrap was ended by SIGKILL',
      "hint: kong-entrypoint did not send that signal: look for the kernel's out-of-memory killer, and check the memory limit of the container",
    ],
  },
  {
    situation: 'a program that is missing',
    words: ['kongg', 'docker-start'],
    exitCode: 127,
    lines: [
      'error: kongg: no such program in PATH',
      'hint: check the command, and that the image has the program; a program outside PATH needs its whole path',
    ],
  },
  {
    situation: 'a path that is missing',
    words: ['/usr/local/bin/absent'],
    exitCode: 127,
    lines: ['error: /usr/local/bin/absent: no such file', 'hint: check the path of the program'],
  },
  {
    situation: 'a program that is not executable',
    make: ({ file }) => ({ KONG_ENTRYPOINT_PROGRAM: file('script', '#!/bin/sh\n') }),
    exitCode: 126,
    lines: ({ file }) => [
      `error: ${file('script', '#!/bin/sh\n')} may not be executed`,
      'hint: check its mode (chmod +x), its owner, and that its file system is not mounted noexec',
    ],
  },
  {
    situation: 'a script whose interpreter is missing',
    make: ({ file }) => ({ KONG_ENTRYPOINT_PROGRAM: file('no-interpreter', '#!/bin/absent\n', 0o755) }),
    exitCode: 127,
    lines: ({ file }) => [
      `error: ${file('no-interpreter', '')} needs the interpreter /bin/absent, which is not there`,
      'hint: install the interpreter in the image, or run a program that the image can run',
    ],
  },
  {
    situation: 'a folder for a program',
    words: ['/etc'],
    exitCode: 126,
    lines: ['error: /etc is not a file', 'hint: give the path of a program'],
  },
  {
    situation: 'an image without an entry script, and without the nginx that Kong runs in',
    make: ({ file }) => ({ KONG_ENTRYPOINT_PROGRAM: undefined, PATH: onlyKong(file) }),
    exitCode: 127,
    lines: withoutNginx,
  },
  {
    situation: 'a native start without the nginx that Kong runs in',
    make: ({ file }) => ({ PATH: onlyKong(file) }),
    options: ['--start', 'native'],
    exitCode: 127,
    lines: withoutNginx,
  },
  {
    situation: 'kong prepare that does not end',
    make({ howTo }) {
      howTo.world.kong.configure({ faults: [{ kind: 'hang', on: 'prepare' }] });
      return { KONG_DATABASE: 'off' };
    },
    options: ['--start', 'native', '--timeout', '1500ms'],
    exitCode: 75,
    lines: [
      'error: KONG_ENTRYPOINT_TIMEOUT: kong prepare did not end within 1.5 s and was stopped',
      'hint: its own lines above show how far it got; a vault or a name server that does not answer can block it',
    ],
  },
  {
    situation: 'a Kong that has no backend aws',
    make: ({ howTo }) => void howTo.world.kong.configure({ edition: 'open-source' }),
    exitCode: 78,
    lines: [
      'error: KONG_PG_USER, KONG_PG_PASSWORD: this Kong has no vault backend aws, and could not dereference {vault://aws/kong-gateway-database/pg_user}',
      'hint: open-source Kong has only env: use --handover values (KONG_ENTRYPOINT_HANDOVER=values), or an Enterprise image; --handover references starts Kong regardless',
    ],
  },
];

/** A folder with a `kong` that dies as by the hand of the kernel when memory runs out. */
function killedKong(file: Setting['file']): string {
  return file('killed/kong', '#!/bin/sh\nkill -9 $$\n', 0o755).replace(/\/kong$/, '');
}

/** A folder with a `kong` and nothing else. */
function onlyKong(file: Setting['file']): string {
  return file('only-kong/kong', '#!/bin/sh\n', 0o755).replace(/\/kong$/, '');
}
