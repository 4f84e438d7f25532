import { parseArgs } from 'node:util';

/** The words after `kong`, taken apart as its commands do. */
export type CommandLine = {
  /** The words that are no options: `migrations`, `up`. */
  readonly words: readonly string[];
  readonly conf: string | undefined;
  readonly prefix: string | undefined;
  readonly databaseTimeout: number | undefined;
  readonly lockTimeout: number | undefined;
  readonly force: boolean;
  readonly yes: boolean;
  readonly quiet: boolean;
  readonly verbosity: 0 | 1 | 2;
  readonly help: boolean;
};

/** The command line makes no sense to Kong: its usage text and exit status 1. */
export class CommandLineError extends Error {}

const OPTIONS = {
  conf: { type: 'string', short: 'c' },
  prefix: { type: 'string', short: 'p' },
  'nginx-conf': { type: 'string' },
  'db-timeout': { type: 'string' },
  'lock-timeout': { type: 'string' },
  force: { type: 'boolean', short: 'f', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  yes: { type: 'boolean', short: 'y', default: false },
  quiet: { type: 'boolean', short: 'q', default: false },
  all: { type: 'boolean', short: 'a' },
  'run-migrations': { type: 'boolean' },
  v: { type: 'boolean', short: 'v', multiple: true },
  vv: { type: 'boolean', default: false },
} as const;

export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = parsed(argv);
  return {
    words: positionals,
    conf: values.conf,
    prefix: values.prefix,
    databaseTimeout: values['db-timeout'] === undefined ? undefined : numberOf(values['db-timeout']),
    lockTimeout: values['lock-timeout'] === undefined ? undefined : numberOf(values['lock-timeout']),
    force: values.force,
    yes: values.yes,
    quiet: values.quiet,
    help: values.help,
    verbosity: verbosityOf((values.v?.length ?? 0) + (values.vv ? 2 : 0)),
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new CommandLineError(error instanceof Error ? error.message : String(error));
  }
}

function verbosityOf(count: number): 0 | 1 | 2 {
  if (count === 0) return 0;
  return count === 1 ? 1 : 2;
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isNaN(number)) throw new CommandLineError(`${text} is not a number`);
  return number;
}
