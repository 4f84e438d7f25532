import type { ListedError } from './error-list.ts';
import { exitCodes } from './exit-codes.ts';
import { isHole, printText } from './text.ts';

const opening = `# Errors

Every error that the program can end with, gathered from its source by \`npm run docs\`; a test fails when this page is not current.

An error is two lines on stderr:

\`\`\`text
kong-entrypoint: error: SETTING: what happened: REFERENCE
kong-entrypoint: hint: what to do
\`\`\`

\`SETTING\` is the variable, the \`_FILE\` or the line of kong.conf that it concerns, and \`REFERENCE\` the reference it came from, where there is
one; several settings that failed alike are named together. \`<name>\` stands for what only a start knows, \`[...]\` for what may be absent,
\`(a|b)\` for one of several. A login that failed twice, the second time with a fresh secret, says so at its end. No line holds a value of
a secret, a part of one, or its length.
`;

const rooms: readonly (readonly [folder: string, heading: string])[] = [
  ['cli', 'The command line'],
  ['settings', 'Settings'],
  ['references', 'References and values'],
  ['vaults/aws', 'AWS Secrets Manager'],
  ['vaults/azure', 'Azure Key Vault'],
  ['vaults/conjur', 'Conjur'],
  ['vaults/fs', 'Files'],
  ['vaults/gcp', 'Google Secret Manager'],
  ['vaults/hcv', 'HashiCorp Vault, OpenBao'],
  ['vaults/http', 'The way to a vault'],
  ['vaults', 'Any vault'],
  ['database/provisioning', 'Provisioning'],
  ['database', 'PostgreSQL'],
  ['migrations', 'Migrations'],
  ['handover', 'The hand-over'],
  ['process', 'Programs and the system'],
  ['diagnostics', '`--check`'],
];

/** `docs/errors.md`. */
export function printErrorPage(errors: readonly ListedError[]): string {
  const sections = rooms.map(([folder, heading]) =>
    printRoom(
      heading,
      errors.filter(({ file }) => roomOf(file) === folder),
    ),
  );
  const bug =
    '## A bug\n\n- **70** `this is a bug of kong-entrypoint: <kind of error> <where in the code>`\n  - `please report it with these lines; they hold no value of yours`\n';
  return [opening, ...sections.filter((section) => section !== ''), bug].join('\n');
}

/** Where an error of another file is only told again, so that it has no words of its own. */
export function toldAgain(errors: readonly ListedError[]): string[] {
  return [...new Set(errors.filter(({ message }) => isHole(message)).map(({ file }) => file))];
}

function roomOf(file: string): string | undefined {
  return rooms.find(([folder]) => file.startsWith(`src/${folder}/`))?.[0];
}

/** One entry for each sentence, with every hint that can follow it. */
function printRoom(heading: string, errors: readonly ListedError[]): string {
  if (errors.length === 0) return '';
  const own = errors.filter(({ message }) => !isHole(message));
  const entries = Map.groupBy(own, ({ exitCode, message }) => `- **${exitCode}** ${code(printText(message))}`);
  const lines = [...entries].flatMap(([entry, some]) => [
    entry,
    ...new Set(some.map(({ hint }) => `  - ${code(printText(hint))}`)),
  ]);
  return `## ${heading}\n\n${lines.join('\n')}\n`;
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** The codes that the page's errors have and the table of exit codes does not. */
export function codesMissing(errors: readonly ListedError[]): string[] {
  const known = new Set(exitCodes.map(({ code: one }) => one));
  return [...new Set(errors.map(({ exitCode }) => exitCode))].filter((one) => !known.has(one));
}
