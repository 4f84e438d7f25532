import { findProgram } from '../process/executable.ts';
import type { Command } from '../settings/command.ts';
import type { EntrypointSettings } from '../settings/entrypoint-settings.ts';
import { chooseDockerStart } from './entry-script.ts';
import { findNativeTarget, type NativeTargetOptions, type Preparation } from './native-target.ts';

/** What will be executed: the file, and the words that it gets. */
export type Target = {
  readonly path: string;
  readonly argv: readonly [string, ...string[]];
  /** Whether it reads `KONG_X_FILE` by itself, as the image's script does. */
  readonly readsFiles: boolean;
  /** What has to be done before, where the image's script does not do it. */
  readonly preparation?: Preparation;
  /** For `docker-start`: whether the image's script runs, and why. */
  readonly way?: string;
};

export type TargetOptions = NativeTargetOptions & { readonly settings: Pick<EntrypointSettings, 'program' | 'start'> };

/**
 * Finds what this command becomes. Only `docker-start` goes through the image's script, which alone knows it, or does without it what
 * the script does; all else is executed directly. Throws ProgramNotFoundError (127) or NotExecutableError (126).
 */
export function findTarget(command: Command, options: TargetOptions): Target {
  const { environment, settings, self } = options;
  const search = { path: environment['PATH'], self };
  if (command.kind !== 'start' || command.name !== 'docker-start') {
    return { path: findProgram(command.words[0], search), argv: command.words, readsFiles: false };
  }
  const way = chooseDockerStart(settings, self);
  if (way.kind === 'native') {
    const native = findNativeTarget(command, way.effects, options);
    return { ...native, readsFiles: false, way: `native start: ${way.because}` };
  }
  const path = findProgram(way.path, search);
  const argv = [path, 'kong', ...command.words.slice(1)] as const;
  return { path, argv, readsFiles: true, way: `the script: ${way.because}` };
}
