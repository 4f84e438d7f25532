import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { installStandInKong, type StandInKong } from '../world/stand-in-kong/stand-in-kong.ts';
import type { Engine } from './engine.ts';

/** The names that the Dockerfile has for its base images. */
export const KONG_IMAGE = 'kong/kong-gateway:3.14';
export const NODE_IMAGE = 'node:24-bookworm-slim';
/** The image's own entry script, in the Enterprise images of Kong. */
export const ENTRY_SCRIPT = '/entrypoint.sh';

/** Set to anything, it makes the engine pull the real images. */
const WITH_REAL_IMAGES = 'KONG_ENTRYPOINT_TEST_REAL_IMAGES';
/** The Node that plays Kong. */
const NODE_OF_STAND_IN = '/usr/local/libexec/stand-in/node';
const LABEL = 'kong-entrypoint.test.stand-in';
/** What scripts and Node need. */
const SYSTEM = ['base-files', 'base-passwd', 'bash', 'coreutils', 'dash', 'grep', 'libstdc++6'];
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

type StandIn = {
  readonly name: string;
  /** Packages of this machine whose files, and the files of all that they need, are the image's. */
  readonly packages: readonly string[];
  /** Instructions of a Dockerfile. */
  readonly instructions: readonly string[];
  /** Writes the rest of the image into this folder. */
  layOut(root: string): void;
};

const standIns: readonly StandIn[] = [
  {
    name: NODE_IMAGE,
    packages: [...SYSTEM, 'ca-certificates', 'findutils', 'sed', 'tar'],
    instructions: [`ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, 'CMD ["node"]'],
    layOut: layOutNode,
  },
  {
    name: KONG_IMAGE,
    packages: SYSTEM,
    instructions: [
      'ENV KONG_PREFIX=/usr/local/kong',
      'USER kong',
      'EXPOSE 8000 8001',
      'STOPSIGNAL SIGQUIT',
      'HEALTHCHECK --interval=1s --timeout=10s --retries=10 CMD kong-health',
      `ENTRYPOINT ["${ENTRY_SCRIPT}"]`,
      'CMD ["kong", "docker-start"]',
    ],
    layOut: layOutKong,
  },
];

/**
 * Makes images of this machine's own files under the official names, where none can be pulled. An image that the engine has already is left
 * alone. Returns what takes them away again. They hold certificates of this machine, and are never to be published.
 */
export function provideBaseImages(engine: Engine): Promise<() => Promise<void>> {
  return provideImages(engine, standIns, (standIn) => make(engine, standIn));
}

/** The same for any images that have official names. */
export async function provideImages<Image extends { readonly name: string }>(
  engine: Engine,
  images: readonly Image[],
  makeOne: (image: Image) => Promise<void>,
): Promise<() => Promise<void>> {
  if (process.env[WITH_REAL_IMAGES]) return () => Promise.resolve();
  const made: string[] = [];
  for (const image of images) {
    if ((await engine.run('image', 'inspect', image.name)).status === 0) continue;
    await makeOne(image);
    made.push(image.name);
  }
  return async () => {
    if (made.length > 0) await engine.run('image', 'rm', ...made);
  };
}

/**
 * A Kong image without a shell, and so without an entry script, as the distroless ones of Kong Enterprise are. Nginx is where OpenResty
 * puts it. Returns what runs Node in there, for somebody who wants to look at its files.
 */
export async function makeImageWithoutShell(engine: Engine, name: string): Promise<string> {
  const instructions = ['ENV KONG_PREFIX=/usr/local/kong', 'USER kong', 'STOPSIGNAL SIGQUIT'];
  await make(engine, { name, packages: ['libstdc++6'], instructions, layOut: layOutKongWithoutShell });
  return NODE_OF_STAND_IN;
}

async function make(engine: Engine, { name, packages, instructions, layOut }: StandIn): Promise<void> {
  const folder = join(engine.folder, name.replaceAll(/\W/g, '-'));
  copyMachineFiles(folder, filesOf(packages));
  layOutAccounts(folder);
  layOut(folder);
  const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await buildFromFolder(engine, { name, folder, instructions: [path, ...instructions] });
}

type Files = {
  readonly name: string;
  readonly folder: string;
  readonly instructions: readonly string[];
  /** The image that the files are added to: none when absent. */
  readonly base?: string;
  /** As `docker build --platform` takes it. */
  readonly platform?: string;
};

/** `docker import` would do, if older engines took STOPSIGNAL from it. The folder is gone afterwards. */
export async function buildFromFolder(engine: Engine, files: Files): Promise<void> {
  const { name, folder, instructions, base = 'scratch', platform } = files;
  const context = `${folder}.context`;
  mkdirSync(context);
  pack(folder, join(context, 'files.tar'));
  const lines = [`FROM ${base}`, 'ADD files.tar /', `LABEL ${LABEL}="${name}"`, ...instructions, ''];
  writeFileSync(join(context, 'Dockerfile'), lines.join('\n'));
  const platformWords = platform === undefined ? [] : [`--platform=${platform}`];
  await engine.docker('build', '--network=none', ...platformWords, '--tag', name, context);
  await Promise.all([folder, context].map((path) => rm(path, { recursive: true })));
}

function layOutAccounts(root: string): void {
  for (const folder of ['dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp', 'usr/local/bin']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  chmodSync(root, 0o755);
  chmodSync(join(root, 'tmp'), 0o1777);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nkong:x:1000:1000::/usr/local/kong:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nkong:x:1000:\n');
}

/** Node, and the npm that runs this. */
function layOutNode(root: string): void {
  copyNode(join(root, 'usr/local/bin/node'));
  const npm = join(root, 'usr/local/lib/node_modules/npm');
  cpSync(npmFolder(), npm, { recursive: true, verbatimSymlinks: true, dereference: false });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
}

function npmFolder(): string {
  const cli = process.env['npm_execpath'] ?? execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  return dirname(dirname(realpathSync(cli)));
}

function layOutKong(root: string): void {
  const kong = layOutKongFiles(root);
  copyFileSync(kong.entryScript, join(root, ENTRY_SCRIPT));
  writeFileSync(join(kong.bin, 'kong-health'), '#!/bin/sh\n[ -s "$KONG_PREFIX/pids/nginx.pid" ]\n', { mode: 0o755 });
}

/** A stand-in of Kong Enterprise where Kong has its own files, and the Node that plays it. */
function layOutKongFiles(root: string): StandInKong {
  const local = join(root, 'usr/local');
  const kong = installStandInKong(local, {
    edition: 'enterprise',
    version: '3.14.0.0',
    finalFolder: '/usr/local',
    node: NODE_OF_STAND_IN,
  });
  copyNode(join(root, NODE_OF_STAND_IN));
  layOutPrefix(root, kong);
  return kong;
}

/**
 * The default prefix, in which the real images have the OpenSSL that OpenResty is linked with. The stand-in's scripts do not work without
 * it either, so that nothing is mounted over it by mistake.
 */
export function layOutPrefix(root: string, { kong, nginx }: StandInKong): void {
  const library = '/usr/local/kong/lib/libssl.so.3';
  const prefix = join(root, 'usr/local/kong');
  mkdirSync(join(prefix, 'lib'), { recursive: true });
  chmodSync(prefix, 0o777);
  writeFileSync(join(root, library), '');
  const message = `error while loading shared libraries: ${library}: cannot open shared object file`;
  const check = `[ -e ${library} ] || { echo '${message}' >&2; exit 127; }`;
  for (const script of [kong, nginx]) {
    writeFileSync(script, readFileSync(script, 'utf8').replace('\n', `\n${check}\n`));
  }
}

/** Kong's programs are scripts of Node itself here. */
function layOutKongWithoutShell(root: string): void {
  const kong = layOutKongFiles(root);
  const sbin = join(root, 'usr/local/openresty/nginx/sbin');
  for (const script of [kong.kong, kong.nginx, kong.entryScript]) rmSync(script);
  mkdirSync(sbin, { recursive: true });
  writeNodeScript(kong.kong, `'/usr/local', String(process.pid)`, 'kong.cjs');
  writeNodeScript(join(sbin, 'nginx'), `'/usr/local', '/proc/self/environ', 'nginx'`, 'nginx.cjs');
}

/** A program that gives the stand-in's own these words first, as its shell script would. */
function writeNodeScript(path: string, words: string, program: string): void {
  const text = `#!${NODE_OF_STAND_IN}\nprocess.argv.splice(2, 0, ${words});\nrequire('/usr/local/lib/${program}');\n`;
  writeFileSync(path, text, { mode: 0o755 });
}

function copyNode(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(process.execPath, path);
  chmodSync(path, 0o755);
}

/** Every file of the packages and of what they depend on, by its real path; documentation is left out. */
function filesOf(packages: readonly string[]): string[] {
  const listed = execFileSync('dpkg-query', ['--listfiles', ...installedClosure(packages)], { encoding: 'utf8' });
  const paths = listed.split('\n').filter((path) => path.startsWith('/') && path !== '/.' && !isDocumentation(path));
  const generated = ['/bin', '/sbin', '/lib', '/lib64', '/etc/ld.so.cache', '/etc/nsswitch.conf', CERTIFICATES];
  return [...new Set([...paths, ...generated].filter((path) => existsSync(path)).map(withRealParent))].toSorted();
}

function installedClosure(packages: readonly string[]): string[] {
  const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  const tree = execFileSync('apt-cache', ['depends', '--recurse', '--installed', ...only, ...packages], {
    encoding: 'utf8',
  });
  return [...new Set(tree.split('\n').filter((line) => /^[a-z0-9]/.test(line)))];
}

function isDocumentation(path: string): boolean {
  return /^\/usr\/share\/(?:doc|man|locale|info|lintian|bug)\//.test(path);
}

/** `/lib` and its like are links into `/usr`, and an archive must not write through them. */
function withRealParent(path: string): string {
  return join(realpathSync(dirname(path)), basename(path));
}

function copyMachineFiles(root: string, paths: readonly string[]): void {
  const archive = `${root}.machine.tar`;
  const input = paths.map((path) => path.slice(1)).join('\0');
  const words = ['--create', `--file=${archive}`, '--directory=/', '--no-recursion', '--null', '--files-from=-'];
  mkdirSync(root);
  execFileSync('tar', words, { input });
  execFileSync('tar', ['--extract', '--preserve-permissions', `--file=${archive}`, `--directory=${root}`]);
  rmSync(archive);
}

function pack(root: string, archive: string): void {
  execFileSync('tar', ['--create', `--file=${archive}`, '--owner=0', '--group=0', `--directory=${root}`, '.']);
}
