import { chmodSync, copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { findPostgresqlBinaries } from '../world/postgresql-binaries.ts';
import { installStandInKong } from '../world/stand-in-kong/stand-in-kong.ts';
import type { Engine } from './engine.ts';
import { buildFromFolder, layOutPrefix, NODE_IMAGE, provideImages } from './stand-in-images.ts';

/** An image that is the one of Node with some files more. */
type StandIn = {
  readonly name: string;
  readonly instructions: readonly string[];
  layOut(root: string): void;
};

const NODE = '/usr/local/bin/node';
const programs = fileURLToPath(new URL('programs/', import.meta.url));
const emulator = fileURLToPath(new URL('../emulators/secrets-manager-server.ts', import.meta.url));
/** Those that compose.yaml has, where moto takes any. */
const EMULATOR_WORDS = ['--host', '0.0.0.0', '--port', '5000', '--region', 'us-east-1', '--key', 'emulator:emulator'];

const standIns: readonly StandIn[] = [
  {
    name: 'kong:3.9',
    instructions: [
      'ENV KONG_PREFIX=/usr/local/kong',
      'USER kong',
      'EXPOSE 8000 8001',
      'STOPSIGNAL SIGQUIT',
      'HEALTHCHECK --interval=1s --timeout=10s --retries=10 CMD kong-health',
      'ENTRYPOINT ["/docker-entrypoint.sh"]',
      'CMD ["kong", "docker-start"]',
    ],
    layOut: layOutOpenSourceKong,
  },
  {
    name: 'postgres:17',
    instructions: [
      'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/bin',
      'ENV PGDATA=/var/lib/postgresql/data',
      "RUN echo 'postgres:x:999:999::/var/lib/postgresql:/bin/sh' >> /etc/passwd",
      'RUN chown 999:999 /var/lib/postgresql/data /run/postgresql',
      'VOLUME /var/lib/postgresql/data',
      'STOPSIGNAL SIGINT',
      'EXPOSE 5432',
      'ENTRYPOINT ["docker-entrypoint.sh"]',
      'CMD ["postgres"]',
    ],
    layOut: layOutPostgresql,
  },
  {
    name: 'motoserver/moto',
    instructions: [
      'EXPOSE 5000',
      `ENTRYPOINT ${JSON.stringify([NODE, '/usr/local/lib/secrets-manager.mjs', ...EMULATOR_WORDS])}`,
      'CMD []',
    ],
    layOut: layOutEmulator,
  },
  { name: 'amazon/aws-cli', instructions: ['ENTRYPOINT ["/usr/local/bin/aws"]', 'CMD []'], layOut: layOutAwsCli },
];

/** Makes what the compose files name and none can pull here; the image of Node has to be there. Returns what takes them away again. */
export function provideComposeImages(engine: Engine): Promise<() => Promise<void>> {
  return provideImages(engine, standIns, async ({ name, instructions, layOut }) => {
    const folder = join(engine.folder, name.replaceAll(/\W/g, '-'));
    mkdirSync(folder);
    layOut(folder);
    await buildFromFolder(engine, { name, folder, instructions, base: NODE_IMAGE });
  });
}

function layOutOpenSourceKong(root: string): void {
  const local = join(root, 'usr/local');
  const kong = installStandInKong(local, {
    edition: 'open-source',
    version: '3.9.1',
    finalFolder: '/usr/local',
    node: NODE,
  });
  layOutPrefix(root, kong);
  copyFileSync(kong.entryScript, join(root, 'docker-entrypoint.sh'));
  writeFileSync(join(kong.bin, 'kong-health'), '#!/bin/sh\n[ -s "$KONG_PREFIX/pids/nginx.pid" ]\n', { mode: 0o755 });
}

/** The real programs, under a script that does of the official one's work what compose.yaml asks for. */
function layOutPostgresql(root: string): void {
  const native = dirname(dirname(findPostgresqlBinaries(18).postgres));
  cpSync(native, join(root, 'usr/lib/postgresql'), { recursive: true, verbatimSymlinks: true });
  for (const folder of ['var/lib/postgresql/data', 'run/postgresql'])
    mkdirSync(join(root, folder), { recursive: true });
  copyProgram('postgres-entrypoint.sh', join(root, 'usr/local/bin/docker-entrypoint.sh'));
  copyProgram('pg-isready.cjs', join(root, 'usr/local/bin/pg_isready'));
  layOutProgram('psql.ts', join(root, 'usr/local/bin/psql'));
}

function layOutEmulator(root: string): void {
  bundle(emulator, join(root, 'usr/local/lib/secrets-manager.mjs'), 'esm');
  copyProgram('python.cjs', join(root, 'usr/local/bin/python'));
}

function layOutAwsCli(root: string): void {
  layOutProgram('aws.ts', join(root, 'usr/local/bin/aws'));
}

function layOutProgram(name: string, path: string): void {
  bundle(join(programs, name), path, 'cjs');
  chmodSync(path, 0o755);
}

function copyProgram(name: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(join(programs, name), path);
  chmodSync(path, 0o755);
}

function bundle(entry: string, outfile: string, format: 'cjs' | 'esm'): void {
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    mainFields: ['module', 'main'],
    external: ['pg-native'],
    banner: format === 'cjs' ? { js: `#!${NODE}` } : {},
    logLevel: 'error',
  });
}
