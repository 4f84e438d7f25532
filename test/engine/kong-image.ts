import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine, Result } from './engine.ts';
import { query, startPostgresqlImage } from './postgresql-image.ts';
import { ROOT } from './test-image.ts';
import { untilAnswers } from './until-answers.ts';

/** By its official name: a stand-in here, the real one where CI says so. */
export const KONG = process.env['KONG_ENTRYPOINT_TEST_KONG_IMAGE'] ?? 'kong:3.9';
/** Kong's image with the program in it, by the Dockerfile of the README. */
export const DERIVED = 'kong-entrypoint-test-kong-image';

const NETWORK = 'kong-entrypoint-test-kong-image';
const DATABASE = `${NETWORK}-database`;
const PASSWORD = 'found-nowhere-but-in-the-vault';

export type Start = {
  readonly image: string;
  readonly database: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The image's own CMD when absent. */
  readonly command?: readonly string[];
};

/** A Kong that serves, and how long that took from `docker run` on, in milliseconds. */
export type Serving = { readonly id: string; readonly readyAfter: number };

/** A PostgreSQL of one image, and containers of Kong beside it. */
export type KongImage = {
  readonly password: string;
  /** Makes an empty database, and returns its name. */
  fresh(): Promise<string>;
  /** Runs a container to its end. */
  runToEnd(start: Start): Promise<Result>;
  /** Starts a container, waits until its Admin API answers, and takes it away after the body. */
  whileServing(start: Start, body: (kong: Serving) => Promise<void>): Promise<void>;
  close(): Promise<void>;
};

export async function createKongImage(engine: Engine): Promise<KongImage> {
  const close = async (): Promise<void> => {
    await engine.run('rm', '--force', '--volumes', DATABASE);
    await engine.run('network', 'rm', NETWORK);
    await engine.run('image', 'rm', DERIVED);
  };
  await close();
  await buildDerived(engine);
  await engine.docker('network', 'create', NETWORK);
  const url = await startPostgresqlImage(engine, { name: DATABASE, network: NETWORK, password: PASSWORD });
  let databases = 0;
  return {
    password: PASSWORD,
    async fresh() {
      databases += 1;
      await query(url, `CREATE DATABASE kong_${databases}`);
      return `kong_${databases}`;
    },
    runToEnd: (start) => engine.run('run', '--rm', ...wordsOf(start)),
    async whileServing(start, body) {
      const begun = performance.now();
      const id = await engine.docker('run', '--detach', '--publish=127.0.0.1::8001', ...wordsOf(start));
      try {
        await untilServing(engine, id);
        await body({ id, readyAfter: Math.round(performance.now() - begun) });
      } finally {
        await engine.run('rm', '--force', '--volumes', id);
      }
    },
    close,
  };
}

async function buildDerived(engine: Engine): Promise<void> {
  const context = join(engine.folder, 'kong-image');
  mkdirSync(context);
  copyFileSync(join(ROOT, 'dist/kong-entrypoint'), join(context, 'kong-entrypoint'));
  chmodSync(join(context, 'kong-entrypoint'), 0o755);
  const lines = [
    `FROM ${KONG}`,
    'COPY kong-entrypoint /usr/local/bin/kong-entrypoint',
    'ENTRYPOINT ["/usr/local/bin/kong-entrypoint"]',
    'CMD ["kong", "docker-start"]',
  ];
  writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
  // So that no measured start pulls it.
  if ((await engine.run('image', 'inspect', KONG)).status !== 0) await engine.docker('pull', '--quiet', KONG);
  await engine.docker('build', '--tag', DERIVED, context);
}

/** Kong has the `env` vault in every edition. */
function wordsOf({ image, database, environment = {}, command = [] }: Start): string[] {
  const variables = {
    KONG_DATABASE: 'postgres',
    KONG_PG_HOST: DATABASE,
    KONG_PG_USER: 'kong',
    KONG_PG_PASSWORD: '{vault://env/database-password}',
    KONG_PG_DATABASE: database,
    KONG_ADMIN_LISTEN: '0.0.0.0:8001',
    DATABASE_PASSWORD: PASSWORD,
    ...environment,
  };
  const flags = Object.entries(variables).map(([name, value]) => `--env=${name}=${value}`);
  return [`--network=${NETWORK}`, ...flags, image, ...command];
}

async function untilServing(engine: Engine, id: string): Promise<void> {
  const url = `http://${await engine.docker('port', id, '8001/tcp')}/`;
  await untilAnswers(engine, id, async () => {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(5000) });
    if (!ok) throw new Error(url);
  });
}
