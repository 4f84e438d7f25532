import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

export type Programs = Readonly<Record<'kong' | 'nginx', string>>;

export type ProgramName = 'kong' | 'nginx';

const built = new Map<string, string>();

/** A program of the stand-in as one file that needs nothing but Node: quick to start, easy to put in an image. */
export function buildProgram(name: ProgramName, withAwsSdk: boolean): string {
  const key = `${name} ${withAwsSdk}`;
  const text = built.get(key) ?? build(name, withAwsSdk ? [] : ['@aws-sdk/*']);
  built.set(key, text);
  return text;
}

function build(name: ProgramName, external: readonly string[]): string {
  const result = buildSync({
    entryPoints: [join(dirname(fileURLToPath(import.meta.url)), 'program', `${name}.ts`)],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['pg-native', ...external],
    logLevel: 'error',
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`nothing was built of ${name}`);
  return output.text;
}
