import { type SettingRow, settingsTable } from '../settings/settings-table.ts';

/** What `--help` prints; it fits a terminal of 80 columns and 24 lines. */
export function helpText(): string {
  return `kong-entrypoint [OPTIONS] [--] COMMAND [ARG...]
Runs kong migrations with the values of vault references, then becomes Kong.

${settingsTable.map(optionLine).join('\n')}
${line('--plan, --check', 'show what a start does; try it')}
${line('--iam-policy[=KMS_KEY_ARN]', 'smallest IAM policy that suffices')}
${line('--output text|json', 'output format of these three')}
${line('--help, --version', 'print and exit')}

--grace 5s overrides KONG_ENTRYPOINT_GRACE. A bare number is seconds.
${line('kong-entrypoint kong docker-start', 'migrations by policy, then Kong')}
${line('kong-entrypoint kong migrations bootstrap', 'that step; exits 0 only when done')}
${line('kong-entrypoint --migrations up kong start', 'also run new migrations')}
`;
}

function optionLine({ option, takes, about }: SettingRow): string {
  const shown = 'words' in takes ? takes.words.join('|') : 'duration' in takes ? takes.duration : 'PATH';
  return line(`${option} ${shown}`, about);
}

function line(first: string, second: string): string {
  return `  ${first.padEnd(43)} ${second}`;
}
