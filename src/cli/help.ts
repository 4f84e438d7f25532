import { type SettingRow, settingsTable } from '../settings/settings-table.ts';

/** What `--help` prints; it fits a terminal of 80 columns and 24 lines. */
export function helpText(): string {
  return `kong-entrypoint [OPTIONS] [--] COMMAND [ARG...]
Runs kong migrations with the values of vault references, then becomes Kong.

${settingsTable.map(optionLine).join('\n')}
${line('--plan, --check', 'say what a start would do; try it')}
${line('--iam-policy[=KMS_KEY_ARN]', 'the least that AWS has to allow')}
${line('--output text|json', 'how these three are printed')}
${line('--help, --version', 'print and exit')}

--grace 5s is KONG_ENTRYPOINT_GRACE=5s, and wins. A bare number is seconds.
${line('kong-entrypoint kong docker-start', 'migrations by policy, then Kong')}
${line('kong-entrypoint kong migrations bootstrap', 'that step, and its true status')}
${line('kong-entrypoint --migrations up kong start', 'new migrations of a newer Kong too')}
`;
}

function optionLine({ option, takes, about }: SettingRow): string {
  const shown = 'words' in takes ? takes.words.join('|') : 'duration' in takes ? takes.duration : 'PATH';
  return line(`${option} ${shown}`, about);
}

function line(first: string, second: string): string {
  return `  ${first.padEnd(43)} ${second}`;
}
