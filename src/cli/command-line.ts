import { UsageError } from '../errors.ts';
import { settingsTable } from '../settings/settings-table.ts';

/** The words after our own name, taken apart: our options, then the container's command, untouched. */
export type CommandLine =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'command';
      readonly options: ReadonlyMap<string, string>;
      readonly words: readonly [string, ...string[]];
    };

const optionNames: ReadonlySet<string> = new Set(settingsTable.map(({ option }) => option));

/**
 * Reads `[OPTIONS] [--] COMMAND [ARG...]`. The first word that is no option of ours begins the command, and nothing after it is
 * looked at. Throws UsageError (64) for an unknown option, a missing value, and no command at all.
 */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const options = new Map<string, string>();
  let rest = argv;
  while (rest[0]?.startsWith('-')) {
    const [word, ...after] = rest;
    if (word === '--') return command(options, after);
    if (word === '--help' || word === '-h') return { kind: 'help' };
    if (word === '--version') return { kind: 'version' };
    const { name, value, left } = readOption(word, after);
    options.set(name, value);
    rest = left;
  }
  return command(options, rest);
}

function command(options: ReadonlyMap<string, string>, words: readonly string[]): CommandLine {
  const [first, ...others] = words;
  if (first !== undefined) return { kind: 'command', options, words: [first, ...others] };
  throw new UsageError('no command was given', {
    hint: "add the container's command, such as kong docker-start (an ENTRYPOINT or entryPoint of your own drops the image's CMD)",
  });
}

type Option = { readonly name: string; readonly value: string; readonly left: readonly string[] };

function readOption(word: string, after: readonly string[]): Option {
  const [name = '', ...parts] = word.split('=');
  if (!optionNames.has(name)) {
    const alike = [...optionNames].find(
      (known) => name.length > 4 && (known.startsWith(name) || name.startsWith(known)),
    );
    throw new UsageError(`unknown option ${name}`, {
      hint: `${alike === undefined ? 'see kong-entrypoint --help;' : `did you mean ${alike}?`} options of Kong go after the command, as in kong start -c FILE`,
    });
  }
  if (parts.length > 0) return { name, value: parts.join('='), left: after };
  const [value, ...left] = after;
  if (value !== undefined) return { name, value, left };
  throw new UsageError(`${name} needs a value`, { hint: 'see kong-entrypoint --help' });
}
