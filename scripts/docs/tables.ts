import { type SettingRow, settingsTable } from '../../src/settings/settings-table.ts';
import { exitCodes } from './exit-codes.ts';

/** The settings, as a table in Markdown. */
export function printSettingsTable(): string {
  const rows = settingsTable.map(
    (row) =>
      `| \`${row.option}\` | \`${row.variable}\` | ${valuesOf(row)} | ${[row.about, row.details].filter((text) => text !== '').join('; ')} |`,
  );
  return ['| Option | Variable | Values, the default first | |', '|---|---|---|---|', ...rows].join('\n');
}

function valuesOf({ name, takes }: SettingRow): string {
  if ('duration' in takes) return `\`${takes.duration}\`, or another duration`;
  if ('text' in takes) return `a path; else ${takes.text}`;
  const words = takes.words.map((word) => `\`${word}\``).join(' ');
  return name === 'logLevel' ? `${words}; unset, it follows \`KONG_LOG_LEVEL\`` : words;
}

/** The exit codes, as a table in Markdown. */
export function printExitCodes(): string {
  const rows = exitCodes.map(({ code, meaning, todo }) => `| ${code} | ${meaning} | ${todo} |`);
  return ['| Code | What it means | What to do |', '|---|---|---|', ...rows].join('\n');
}

/** The page with what is between its two markers of that name made again. Throws where the page has no such place. */
export function withGenerated(page: string, name: string, text: string): string {
  const [start, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
  const before = page.indexOf(start);
  const after = page.indexOf(end);
  if (before < 0 || after < before) throw new Error(`the page has no place for ${name}`);
  return `${page.slice(0, before + start.length)}\n\n${text}\n\n${page.slice(after)}`;
}
