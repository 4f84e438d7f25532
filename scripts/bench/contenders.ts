import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Scene, secretName } from './scene.ts';

/** One thing whose time is taken: from its start until its last program has ended. */
export type Contender = {
  readonly name: string;
  readonly words: readonly [string, ...string[]];
  /** What it must print the first time, so that what is measured is what is claimed. */
  readonly proof?: RegExp;
  /** Its first run makes the schema that the others find. */
  readonly makesSchema?: true;
  /** Not ours: left out where it does not work. */
  readonly isOptional?: true;
};

/** All contenders, and why one is missing. The first is what the ratios refer to. */
export type Contenders = { readonly contenders: readonly Contender[]; readonly notMeasured: readonly string[] };

const inProject = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const binary = inProject('dist/kong-entrypoint');
const bundle = inProject('dist/kong-entrypoint.cjs');
const byHand = inProject('scripts/bench/aws-cli-start.sh');

export function listContenders({ program }: Scene, path: string): Contenders {
  const start = ['--handover', 'references', '--program', program];
  const remembered = /schema ready \(remembered/;
  const asked = /schema ready \(up to date\)/;
  const hasCli = isOnPath('aws', path) && (isOnPath('jq', path) || isOnPath('python3', path));
  const cli: Contender = {
    name: 'shell script with the AWS CLI, kong migrations bootstrap',
    words: [byHand, secretName, program],
    proof: /already bootstrapped/,
    isOptional: true,
  };
  return {
    contenders: [
      {
        name: 'start: 2 references, schema remembered',
        words: [binary, ...start, 'kong', 'docker-start'],
        proof: remembered,
      },
      {
        name: 'start: 2 references, Kong is asked once',
        words: [binary, '--fast-path', 'off', ...start, 'kong', 'docker-start'],
        proof: asked,
        makesSchema: true,
      },
      {
        name: 'start of the bundle: 2 references, schema remembered',
        words: [process.execPath, bundle, ...start, 'kong', 'docker-start'],
        proof: remembered,
      },
      { name: 'nothing to do: exec at once', words: [binary, program] },
      { name: 'an empty program in Node', words: [process.execPath, '-e', '0'] },
      { name: 'a shell that only executes the program', words: ['/bin/sh', '-c', 'exec "$0"', program] },
      ...(hasCli ? [cli] : []),
    ],
    notMeasured: hasCli ? [] : [`${cli.name}: needs aws, and jq or python3, on PATH`],
  };
}

function isOnPath(name: string, path: string): boolean {
  return path.split(delimiter).some((folder) => isExecutable(join(folder, name)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
