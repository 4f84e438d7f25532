import { posix } from 'node:path';
import type { ChartCommand } from './chart-command.ts';

export type MigrationsStep = 'bootstrap' | 'up' | 'finish';

type Words = readonly [string, ...string[]];

/** The container's command, as Kong would read its words. */
export type Command = { readonly words: Words } & (
  | {
      readonly kind: 'start';
      readonly name: 'docker-start' | 'start';
      readonly conf: string | undefined;
      readonly runsMigrations: boolean;
    }
  | {
      readonly kind: 'migrations';
      readonly step: MigrationsStep;
      readonly conf: string | undefined;
      readonly arguments: readonly string[];
    }
  /** `migrates`: any other command of `kong migrations`, such as reset; else `kong config`. */
  | { readonly kind: 'values'; readonly conf: string | undefined; readonly migrates: boolean }
  | { readonly kind: 'running'; readonly conf: string | undefined }
  | { readonly kind: 'other' }
  | ChartCommand
);

/** Options of Kong's commands that take the next word as their value (the `lapp` texts of kong/cmd, Kong 2.8 to 3.9). */
const withValue = new Set([
  '-c',
  '--conf',
  '-p',
  '--prefix',
  '--nginx-conf',
  '--nginx-conf-flags',
  '--db-timeout',
  '--lock-timeout',
  '--timeout',
]);

/** Commands of Kong's that load none of its settings (kong/cmd, Kong 3.9). */
const withoutSettings = new Set(['version', 'hybrid', 'roar']);

/**
 * Sorts a command by what has to be done for it. One that only prints its help is executed at once, like any that is not ours. With
 * `--handover values` every command of Kong's gets the environment that the Kong beside it was started with (`running`).
 */
export function readCommand(words: Words, handover: 'references' | 'values'): Command {
  if (posix.basename(words[0]) !== 'kong') return { kind: 'other', words };
  const { names, options, asksForHelp } = parseWords(words.slice(1));
  if (asksForHelp) return { kind: 'other', words };
  const [name, step] = names;
  const conf = options.get('-c') ?? options.get('--conf');
  if (name === 'docker-start' || name === 'start') {
    const kept: Words = [words[0], ...words.slice(1).filter((word) => word !== '--run-migrations')];
    return { kind: 'start', name, words: kept, conf, runsMigrations: kept.length < words.length };
  }
  if (name === 'migrations' && (step === 'bootstrap' || step === 'up' || step === 'finish')) {
    return { kind: 'migrations', step, words, conf, arguments: withoutNames(words.slice(1), [name, step]) };
  }
  if (name === 'migrations') return { kind: 'values', words, conf, migrates: true };
  return handover === 'values' ? withValues(words, names, conf) : withReferences(words, name, conf);
}

function withReferences(words: Words, name: string | undefined, conf: string | undefined): Command {
  return name === 'config' ? { kind: 'values', words, conf, migrates: false } : { kind: 'other', words };
}

/** `kong check` takes its file without an option. */
function withValues(words: Words, [name, file]: readonly string[], conf: string | undefined): Command {
  if (name === undefined || withoutSettings.has(name)) return { kind: 'other', words };
  return { kind: 'running', words, conf: name === 'check' ? file : conf };
}

/** What a command needs Kong's settings for. */
export type UseOfKong = {
  readonly conf: string | undefined;
  /** Whether it uses the database even where the policy is `off`. */
  readonly usesDatabase: boolean;
};

/** Undefined for a command that is executed at once. */
export function useOfKong(command: Command): UseOfKong | undefined {
  if (command.kind === 'other' || command.kind === 'clear pids') return undefined;
  if (command.kind === 'running') return { conf: command.conf, usesDatabase: false };
  return { conf: command.conf, usesDatabase: command.kind !== 'start' || command.runsMigrations };
}

type Parsed = {
  readonly names: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  readonly asksForHelp: boolean;
};

function parseWords(words: readonly string[]): Parsed {
  const names: string[] = [];
  const options = new Map<string, string>();
  let asksForHelp = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--help' || word === '-h') asksForHelp = true;
    else if (!word.startsWith('-')) names.push(word);
    else if (withValue.has(word)) options.set(word, words[++index] ?? '');
    else setJoined(options, word);
  }
  return { names, options, asksForHelp };
}

/** `--conf=FILE` and `-cFILE` are the value in the same word. */
function setJoined(options: Map<string, string>, word: string): void {
  const equals = word.indexOf('=');
  if (equals > 0) options.set(word.slice(0, equals), word.slice(equals + 1));
  else if (/^-[cp]./.test(word)) options.set(word.slice(0, 2), word.slice(2));
}

/** The words without the first occurrence of each name: what is left are the options for `kong migrations STEP`. */
function withoutNames(words: readonly string[], names: readonly string[]): string[] {
  const left = [...words];
  for (const name of names) left.splice(left.indexOf(name), 1);
  return withoutPrefix(left);
}

/** `-p` is not passed on: the child has a prefix of its own. */
function withoutPrefix(words: readonly string[]): string[] {
  return words.filter((word, index) => {
    const before = words[index - 1];
    return !/^(-p.*|--prefix(=.*)?)$/s.test(word) && before !== '-p' && before !== '--prefix';
  });
}
