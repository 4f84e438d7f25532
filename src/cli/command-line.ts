import { UsageError } from '../errors.ts';
import type { EnvironmentSnapshot } from '../settings/environment.ts';
import { settingsTable } from '../settings/settings-table.ts';
import { type Diagnosis, diagnosisOf, type OutputFormat, outputFormatOf } from './diagnosis.ts';

/** The words after our own name, taken apart: our options, then the container's command, untouched. */
export type CommandLine = { readonly kind: 'help' } | { readonly kind: 'version' } | GivenCommand;

export type GivenCommand = {
  readonly kind: 'command';
  readonly options: ReadonlyMap<string, string>;
  readonly words: readonly [string, ...string[]];
  /** A question to answer instead of a start. */
  readonly diagnosis: Diagnosis | undefined;
};

/** What a start is given: a command line that asks for one, and the environment. */
export type Given = { readonly commandLine: GivenCommand; readonly snapshot: EnvironmentSnapshot };

const optionNames: ReadonlySet<string> = new Set([...settingsTable.map(({ option }) => option), '--output']);

/** The command that a question is about when none is given: the image's own. */
const IMAGE_COMMAND = ['kong', 'docker-start'] as const;

/**
 * Reads `[OPTIONS] [--] COMMAND [ARG...]`. The first word that is not an option of ours begins the command, and nothing after it is
 * looked at. Throws UsageError (64) for an unknown option, a missing value, and no command at all.
 */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { options, asked, printed, words } = takeOurs(argv);
  if (printed !== undefined) return { kind: printed };
  const output = readOutput(options, asked !== undefined);
  if (asked === undefined) return { ...command(options, words), diagnosis: undefined };
  return { ...command(options, words.length === 0 ? IMAGE_COMMAND : words), diagnosis: { ...asked, output } };
}

type Ours = {
  readonly options: Map<string, string>;
  readonly asked: Omit<Diagnosis, 'output'> | undefined;
  readonly printed: 'help' | 'version' | undefined;
  /** What is left: the container's command. */
  readonly words: readonly string[];
};

const printedBy: Readonly<Partial<Record<string, 'help' | 'version'>>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
};

function takeOurs(argv: readonly string[]): Ours {
  const options = new Map<string, string>();
  let asked: Ours['asked'];
  let words = argv;
  while (words[0]?.startsWith('-') && words[0] !== '--') {
    const [word, ...after] = words;
    const printed = printedBy[word];
    if (printed !== undefined) return { options, asked, printed, words: after };
    const diagnosis = diagnosisOf(word);
    asked = diagnosis ?? asked;
    words = diagnosis === undefined ? takeOption(word, after, options) : after;
  }
  return { options, asked, printed: undefined, words: words[0] === '--' ? words.slice(1) : words };
}

/** `--output` is for what is printed in place of a start, so it is taken out of the options of a start. */
function readOutput(options: Map<string, string>, isAsked: boolean): OutputFormat {
  const text = options.get('--output');
  options.delete('--output');
  const format = outputFormatOf(text ?? 'text');
  if (format !== undefined && (isAsked || text === undefined)) return format;
  throw new UsageError(isAsked ? '--output takes text or json' : '--output goes with --plan, --check or --iam-policy', {
    hint: 'see kong-entrypoint --help',
  });
}

function command(options: ReadonlyMap<string, string>, words: readonly string[]): Omit<GivenCommand, 'diagnosis'> {
  const [first, ...others] = words;
  if (first !== undefined) return { kind: 'command', options, words: [first, ...others] };
  throw new UsageError('no command was given', {
    hint: "add the container's command, such as kong docker-start (an ENTRYPOINT or entryPoint of your own drops the image's CMD)",
  });
}

/** Sets the option and returns the words after it. */
function takeOption(word: string, after: readonly string[], options: Map<string, string>): readonly string[] {
  const [name = '', ...parts] = word.split('=');
  if (!optionNames.has(name)) throw unknownOption(name);
  if (parts.length > 0) {
    options.set(name, parts.join('='));
    return after;
  }
  const [value, ...left] = after;
  if (value === undefined) throw new UsageError(`${name} needs a value`, { hint: 'see kong-entrypoint --help' });
  options.set(name, value);
  return left;
}

function unknownOption(name: string): UsageError {
  const alike = [...optionNames].find((known) => name.length > 4 && (known.startsWith(name) || name.startsWith(known)));
  return new UsageError(`unknown option ${name}`, {
    hint: `${alike === undefined ? 'see kong-entrypoint --help;' : `did you mean ${alike}?`} options of Kong go after the command, as in kong start -c FILE`,
  });
}
