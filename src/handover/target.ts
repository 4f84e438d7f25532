import type { Command } from '../cli/command.ts';
import { type FileIdentity, findProgram } from '../process/executable.ts';
import { findEntryScript } from './entry-script.ts';

/** What will be executed: the file, and the words that it gets. */
export type Target = { readonly path: string; readonly argv: readonly [string, ...string[]] };

export type TargetOptions = {
  readonly environment: Readonly<Record<string, string>>;
  /** `--program`: the image's entry script. */
  readonly program: string | undefined;
  readonly self: FileIdentity | undefined;
};

/**
 * Finds what this command becomes. Only `docker-start` goes through the image's script, which alone knows it; all else is executed
 * directly. Throws ProgramNotFoundError (127) or NotExecutableError (126).
 */
export function findTarget(command: Command, { environment, program, self }: TargetOptions): Target {
  const search = { path: environment['PATH'], self };
  if (command.kind !== 'start' || command.name !== 'docker-start') {
    return { path: findProgram(command.words[0], search), argv: command.words };
  }
  const script = findProgram(findEntryScript(program, self), search);
  return { path: script, argv: [script, 'kong', ...command.words.slice(1)] };
}
