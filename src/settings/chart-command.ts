import { posix } from 'node:path';
import { EntrypointError } from '../errors.ts';
import { type FindProgramOptions, findProgram } from '../process/executable.ts';

type Words = readonly [string, ...string[]];

/** What a container does that Kong's chart puts before Kong in a pod. */
export type ChartCommand = {
  readonly words: Words;
  readonly conf: undefined;
} /** Waits until somebody else has migrated, and ends. */ & (
  | { readonly kind: 'wait' }
  /** Removes the folder of the pid files that a Kong which was killed left in the prefix. */
  | { readonly kind: 'clear pids'; readonly folder: string }
);

/**
 * The command of one of those containers, where the image lacks the program that it names, as one without a shell does; undefined for
 * any other. Their words are the chart's (Kong/charts, charts/kong: `kong.wait-for-db` in _helpers.tpl, `clear-stale-pid` in deployment.yaml).
 */
export function readChartCommand(words: Words, search: FindProgramOptions): ChartCommand | undefined {
  const command = readWords(words);
  return command === undefined || isThere(words[0], search) ? undefined : command;
}

function readWords(words: Words): ChartCommand | undefined {
  const [program, option = '', text = ''] = words;
  const name = posix.basename(program);
  if (['sh', 'bash'].includes(name) && option === '-c' && /\buntil kong start;/.test(text)) {
    // Without a database there is nothing to wait for, and this is what runs.
    return { kind: 'wait', words: ['kong', 'version'], conf: undefined };
  }
  if (name === 'rm' && /^-[vrf]+$/.test(option) && words.length === 3 && /^\/.+\/pids$/.test(text)) {
    return { kind: 'clear pids', words, conf: undefined, folder: text };
  }
  return undefined;
}

function isThere(program: string, search: FindProgramOptions): boolean {
  try {
    findProgram(program, search);
    return true;
  } catch (error) {
    if (!(error instanceof EntrypointError)) throw error;
    return false;
  }
}
