import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KONG_PASSWORD, KONG_USER } from '../../test/world/world.ts';
import type { Contender, Group, Places } from './contender.ts';
import { type Scene, secretName } from './scene.ts';

/** A script of this folder. */
export function byHand(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

type Found = {
  readonly found: readonly { readonly name: string; readonly path: string }[];
  readonly notMeasured: readonly string[];
};

/** Which of these programs are on the PATH. */
export function findPrograms(names: readonly string[], path: string): Found {
  const folders = path.split(delimiter);
  const rows = names.map((name) => ({ name, path: folders.map((one) => join(one, name)).find(isExecutable) }));
  return {
    found: rows.flatMap(({ name, path: place }) => (place === undefined ? [] : [{ name, path: place }])),
    notMeasured: rows.filter((row) => row.path === undefined).map(({ name }) => `${name}: not on PATH`),
  };
}

/**
 * Programs that put secrets into the environment of any other, and so need `kong migrations bootstrap` at every start. Who has one names
 * its path in a variable. They find the values in place and fetch nothing, which is the most that can be said for them.
 */
const injectors = [
  { name: 'secrets-init', variable: 'BENCH_SECRETS_INIT', before: ['--provider=aws'] },
  { name: 'ssm-env', variable: 'BENCH_SSM_ENV', before: [] },
  { name: 'aws-env', variable: 'BENCH_AWS_ENV', before: undefined },
] as const;

/** What any injector comes to at best: a C program that executes. Then the injectors that are here, and `kong vault get` of a real Kong. */
export function findInjectors(scene: Scene, { floor }: Places): Pick<Group, 'contenders' | 'notMeasured'> {
  const contenders: Contender[] = [];
  const notMeasured: string[] = [];
  const start = [byHand('injected-start.sh'), scene.program] as const;
  const environment = { ...scene.environment, KONG_PG_USER: KONG_USER, KONG_PG_PASSWORD: KONG_PASSWORD };
  const add = (name: string, words: Contender['words']): void => {
    contenders.push({ name, words, environment: () => environment, proof: /already bootstrapped/, isOptional: true });
  };

  const best = 'the least an injector takes: exec, kong migrations bootstrap';
  if (floor === undefined) notMeasured.push(`${best}: no C compiler (cc) is here`);
  else add(best, [floor, ...start]);
  for (const { name, variable, before } of injectors) {
    const path = process.env[variable] ?? '';
    const label = `${name}, kong migrations bootstrap`;
    if (!isExecutable(path)) notMeasured.push(`${label}: set ${variable} to its path`);
    else if (before === undefined) add(label, ['/bin/sh', '-c', 'eval "$("$0")"; exec "$@"', path, ...start]);
    else add(label, [path, ...before, ...start]);
  }
  return vaultGet(scene, contenders, notMeasured);
}

function vaultGet(
  scene: Scene,
  contenders: readonly Contender[],
  notMeasured: readonly string[],
): Pick<Group, 'contenders' | 'notMeasured'> {
  const name = 'kong vault get in a shell, kong migrations bootstrap';
  if (!scene.isRealKong) {
    return { contenders, notMeasured: [...notMeasured, `${name}: set KONG_BIN to a Kong that has the aws vault`] };
  }
  const words = [byHand('kong-vault-start.sh'), secretName, scene.program] as const;
  return {
    contenders: [...contenders, { name, words, environment: () => scene.environment, isOptional: true }],
    notMeasured,
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
