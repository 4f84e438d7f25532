import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { buildProgram } from './bundle.ts';
import { DEFAULT_KNOBS, type Knobs } from './knobs.ts';
import { layOutLua } from './lua-files.ts';
import { type Invocation, readRecord } from './record.ts';
import { entryScript, kongScript, nginxScript } from './scripts.ts';
import { enterpriseKnobs, SHAPE } from './shape.ts';

export {
  DEFAULT_KNOBS,
  type Edition,
  type Fault,
  type Knobs,
  LIES,
  type Lie,
  type Migration,
  tableMigration,
} from './knobs.ts';
export type { Invocation, Step } from './record.ts';

export type StandInOptions = Partial<Knobs> & {
  /** Where the folder will be found later, as inside an image; the folder itself when absent. */
  readonly finalFolder?: string;
  /** The Node that plays Kong; this one when absent. */
  readonly node?: string;
};

/** An installed stand-in of Kong. */
export type StandInKong = {
  readonly folder: string;
  /** `<folder>/bin`, for PATH. */
  readonly bin: string;
  readonly kong: string;
  readonly nginx: string;
  readonly entryScript: string;
  /** The folder that Kong's Lua files stand in, `<folder>/share/lua/5.1`. */
  readonly lua: string;
  /** Changes some knobs; the next start of any of its programs obeys. */
  configure(knobs: Partial<Knobs>): void;
  /** What it was last told to be. */
  knobs(): Knobs;
  record(): Invocation[];
  clearRecord(): void;
};

/** Lays out a stand-in of Kong in the folder, which is made when missing. */
export function installStandInKong(folder: string, options: StandInOptions = {}): StandInKong {
  const { finalFolder, node = process.execPath, ...given } = options;
  const knobs = { ...shapeOf(given), ...given };
  const root = resolve(folder);
  const paths = { folder: finalFolder ?? root, node };
  for (const name of ['environs', 'entries']) makeSharedFolder(join(root, name));
  write(join(root, 'bin', 'kong'), kongScript(paths), 0o755);
  write(join(root, 'bin', 'nginx'), nginxScript(paths), 0o755);
  write(join(root, 'docker-entrypoint.sh'), entryScript(paths), 0o755);
  write(join(root, 'record.jsonl'), '', 0o666);
  const standIn = standInAt(root);
  standIn.configure(knobs);
  return standIn;
}

function shapeOf({ edition }: Partial<Knobs>): Partial<Knobs> {
  const isEnterprise = process.env[SHAPE] === 'Enterprise' && edition !== 'open-source';
  return isEnterprise ? enterpriseKnobs(DEFAULT_KNOBS.migrations) : {};
}

function standInAt(root: string): StandInKong {
  const knobsFile = join(root, 'stand-in.json');
  let knobs: Partial<Knobs> = {};
  return {
    folder: root,
    bin: join(root, 'bin'),
    kong: join(root, 'bin', 'kong'),
    nginx: join(root, 'bin', 'nginx'),
    entryScript: join(root, 'docker-entrypoint.sh'),
    lua: join(root, 'share', 'lua', '5.1'),
    configure(changes) {
      knobs = { ...knobs, ...changes };
      write(knobsFile, `${JSON.stringify(knobs, null, 2)}\n`, 0o644);
      layOutPrograms(root, { ...DEFAULT_KNOBS, ...knobs });
      layOutLua(join(root, 'share', 'lua', '5.1'), { ...DEFAULT_KNOBS, ...knobs });
    },
    knobs: () => ({ ...DEFAULT_KNOBS, ...knobs }),
    record: () => readRecord(root),
    clearRecord() {
      write(join(root, 'record.jsonl'), '', 0o666);
      rmSync(join(root, 'entries'), { recursive: true, force: true });
      makeSharedFolder(join(root, 'entries'));
    },
  };
}

/** Open-source Kong has no backend for AWS, and so needs no SDK; nor does a `migrations` that dereferences nothing. */
function layOutPrograms(root: string, { edition, migrationsDereference }: Knobs): void {
  const enterprise = edition === 'enterprise';
  write(join(root, 'lib', 'kong.cjs'), buildProgram('kong', enterprise && migrationsDereference), 0o644);
  write(join(root, 'lib', 'nginx.cjs'), buildProgram('nginx', enterprise), 0o644);
}

function makeSharedFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o777);
}

/** Writes only what differs: a script that is being run must not change beneath its shell. */
function write(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  if (readIfPresent(path) !== text) writeFileSync(path, text);
  chmodSync(path, mode);
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
