import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { ROOT } from './test-image.ts';

export type StackOptions = {
  /** The project's, in place of the one that the file has. */
  readonly name: string;
  /** Compose files, from the root of the repository. */
  readonly files: readonly string[];
  /** Whether it has a one-shot of this name. */
  readonly migrations?: boolean;
  /** How many containers of `kong` begin at once; then they have the ports that the file has. */
  readonly scale?: number;
  /** For `${...}` in the files. */
  readonly variables?: Readonly<Record<string, string>>;
};

/** A project of Docker Compose. */
export type Stack = {
  /** Runs `docker compose` with these words, which must succeed. */
  compose(...words: readonly string[]): Promise<string>;
  /** Changes what `${...}` in the files stands for from now on. */
  setVariables(variables: Readonly<Record<string, string>>): Promise<void>;
  /** Where a port of a container is published. */
  address(service: string, port: number, index?: number): Promise<string>;
  /** The ids of its containers, those that have ended too. */
  containers(service?: string): Promise<string[]>;
  /** Takes it away; fails when that leaves something. */
  down(): Promise<void>;
};

/**
 * What is changed of the files: free ports, quicker checks, an image of its own for each stack, and for builds the network of the host, as
 * a test's engine may have no other.
 */
function override({ name, migrations = false, scale }: StackOptions): string {
  const build = `image: ${imageOf(name)}, build: { network: host }`;
  return `services:
  kong:
    image: ${imageOf(name)}
    build: { network: host }
    environment: { KONG_ADMIN_LISTEN: '0.0.0.0:8001' }
    healthcheck: { interval: 1s }
    ports: ${scale === undefined ? '!override ' : ''}['127.0.0.1::8001']
  database:
    ports: ['127.0.0.1::5432']
${migrations ? `  migrations: { ${build} }\n` : ''}`;
}

function imageOf(name: string): string {
  return `kong-entrypoint-test-${name}`;
}

/** Begins it, and waits until every service is healthy or has ended well. */
export async function startStack(engine: Engine, options: StackOptions): Promise<Stack> {
  const { name, files, variables = {}, scale } = options;
  const changes = join(engine.folder, `${name}.yaml`);
  const environment = join(engine.folder, `${name}.env`);
  await writeFile(changes, override(options));
  const setVariables = async (values: Readonly<Record<string, string>>): Promise<void> => {
    const entries = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
    await writeFile(environment, entries.join(''));
  };
  await setVariables(variables);
  const all = [...files.map((file) => join(ROOT, file)), changes].flatMap((file) => ['--file', file]);
  const compose = (...words: readonly string[]): Promise<string> =>
    engine.docker('compose', '--project-name', name, '--env-file', environment, ...all, ...words);
  const ofProject = ['--filter', `label=com.docker.compose.project=${name}`];
  const stack: Stack = {
    compose,
    setVariables,
    address: (service, port, index = 1) => compose('port', '--index', String(index), service, String(port)),
    async containers(service) {
      return lines(await compose('ps', '--all', '--quiet', ...(service === undefined ? [] : [service])));
    },
    async down() {
      await compose('down', '--volumes', '--timeout=10');
      await engine.run('image', 'rm', imageOf(name));
      const kinds = [
        ['ps', '--all'],
        ['network', 'ls'],
        ['volume', 'ls'],
      ];
      const left = await Promise.all(kinds.map((words) => engine.docker(...words, '--quiet', ...ofProject)));
      if (left.some((ids) => ids !== '')) throw new Error(`docker compose down leaves ${left.join(' ')}`);
    },
  };
  try {
    const scaled = scale === undefined ? [] : ['--scale', `kong=${scale}`];
    await compose('up', '--build', '--wait', ...scaled);
    return stack;
  } catch (error) {
    const log = await compose('logs', '--no-color');
    await stack.down();
    throw new Error(log, { cause: error });
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
