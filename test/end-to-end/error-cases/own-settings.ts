import type { ErrorCase } from './error-case.ts';

/** The command line, and the settings that are ours. */
export const ownSettingsCases: readonly ErrorCase[] = [
  {
    situation: 'no command',
    words: [],
    exitCode: 64,
    lines: [
      'error: no command was given',
      "hint: add the container's command, such as kong docker-start (an ENTRYPOINT or entryPoint of your own drops the image's CMD)",
    ],
  },
  {
    situation: 'an unknown option',
    options: ['--migration', 'up'],
    exitCode: 64,
    lines: [
      'error: unknown option --migration',
      'hint: did you mean --migrations? options of Kong go after the command, as in kong start -c FILE',
    ],
  },
  {
    situation: 'an option without its value',
    words: ['--migrations'],
    exitCode: 64,
    lines: ['error: --migrations needs a value', 'hint: see kong-entrypoint --help'],
  },
  {
    situation: 'a word that an option does not take',
    options: ['--migrations', 'upp'],
    exitCode: 78,
    lines: [
      'error: --migrations: the value is not one of those allowed',
      'hint: give one of: bootstrap, up, finish, wait, off',
    ],
  },
  {
    situation: 'two of our settings at once: an unknown one, and a duration that is none',
    make: () => ({ KONG_ENTRYPOINT_MIGRATION: 'up', KONG_ENTRYPOINT_TIMEOUT: '5 minutes' }),
    exitCode: 78,
    lines: [
      'error: KONG_ENTRYPOINT_MIGRATION: there is no such setting',
      'hint: check the spelling; the settings are KONG_ENTRYPOINT_MIGRATIONS, KONG_ENTRYPOINT_HANDOVER, KONG_ENTRYPOINT_START, KONG_ENTRYPOINT_PROGRAM, KONG_ENTRYPOINT_FAST_PATH, KONG_ENTRYPOINT_DATABASE_TIMEOUT, KONG_ENTRYPOINT_TIMEOUT, KONG_ENTRYPOINT_MIGRATIONS_TIMEOUT, KONG_ENTRYPOINT_GRACE, KONG_ENTRYPOINT_PROVISION, KONG_ENTRYPOINT_LOG_FORMAT, KONG_ENTRYPOINT_LOG_LEVEL',
      'error: KONG_ENTRYPOINT_TIMEOUT: the value is not a duration',
      'hint: give a number with ms, s, m or h, such as 500ms, 60s or 15m; a bare number is seconds',
    ],
  },
];
