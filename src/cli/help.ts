import { type SettingRow, settingsTable } from '../settings/settings-table.ts';

/** What `--help` prints; it fits a screen. */
export function helpText(): string {
  return `kong-entrypoint [OPTIONS] [--] COMMAND [ARG...]

Dereferences the vault references that kong migrations needs, brings the schema to where the policy
says, and becomes Kong, its references intact.

${settingsTable.map(optionLine).join('\n')}
  --plan                                       print what a start would do, asking nobody
  --check                                      do it all but change nothing, and print what came of it
  --iam-policy[=KMS_KEY_ARN]                   print the least that AWS has to allow
  --output text|json                           how these three are printed
  --help, --version                            print and exit

Each option has a variable: --database-timeout is KONG_ENTRYPOINT_DATABASE_TIMEOUT. An option wins.
Durations: a number with ms, s, m or h; a bare number is seconds.

  kong-entrypoint kong docker-start               migrations by policy, then Kong
  kong-entrypoint kong migrations bootstrap       that step alone; its exit status is the truth
  kong-entrypoint --migrations up kong start      also new migrations of a newer Kong
  kong-entrypoint --handover values kong docker-start   for open-source Kong
  kong-entrypoint --check                         from a shell or a one-shot task, before you deploy
`;
}

function optionLine({ option, takes, about }: SettingRow): string {
  const shown = 'words' in takes ? takes.words.join('|') : 'duration' in takes ? takes.duration : 'PATH';
  return `  ${`${option} ${shown}`.padEnd(44)} ${about}`;
}
