import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, describe } from 'node:test';
import { isHandedOver } from '../migrations/scene.ts';
import { runEntrypoint, spawnEntrypoint, whyNoPidNamespace } from '../world/kong-entrypoint.ts';
import { moveOutOfTmp, ownMounts } from './confined.ts';
import { prove } from './figures.ts';
import { createScene, type Scene, startOf, type Variables } from './scene.ts';

const elsewhere = moveOutOfTmp();
const scene: Scene = await createScene({ node: elsewhere.node });
chmodSync(scene.world.folder, 0o777);
after(async () => {
  await scene.close();
  elsewhere.remove();
});

type Confinement = {
  /** What the shell does before the start: as root of a mount namespace of its own. */
  readonly prelude: string;
  /** Undefined for a hand-over. */
  readonly refusal?: { readonly exitCode: number; readonly says: RegExp };
};

const noFolder = {
  exitCode: 71,
  says: /no folder can be made in \/tmp.*\n.*hint: .*mount a tmpfs/,
};
const readOnly =
  'mount --bind "$W" "$W" && mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp && mount -o remount,bind,ro /';
/** All of the root folder but /tmp. */
const withoutTmp = `mkdir -p "$W/root" && mount -t tmpfs none "$W/root" && cd /
for name in *; do
  if [ -L "$name" ]; then cp -P "$name" "$W/root/"
  elif [ -d "$name" ] && [ "$name" != tmp ]; then mkdir "$W/root/$name" && mount --rbind "$name" "$W/root/$name"; fi
done
for chroot in /usr/sbin/chroot /usr/bin/chroot; do [ -x "$chroot" ] && break; done
set -- "$chroot" "$W/root" "$@"`;

/** As root by becoming that user; for anybody else, in a user namespace of which that is the only one. */
const asNobodyKnown = `read -r _ _ users < /proc/self/uid_map
if [ "$users" -gt 54321 ]; then set -- setpriv --reuid 54321 --regid 54321 --clear-groups "$@"
else set -- unshare --user --map-user=54321 --map-group=54321 "$@"; fi`;

const confinements: Readonly<Record<string, Confinement>> = {
  'a read-only root with a tmpfs at /tmp': { prelude: `${readOnly} && mount -t tmpfs none /tmp` },
  'a read-only root': { prelude: readOnly, refusal: noFolder },
  'no /tmp': { prelude: withoutTmp, refusal: noFolder },
  'a full /tmp, without room for a name': { prelude: 'mount -t tmpfs -o nr_inodes=1 none /tmp', refusal: noFolder },
  'a full /tmp, without room for a byte': {
    prelude: 'mount -t tmpfs -o size=64k none /tmp; dd if=/dev/zero of=/tmp/full bs=1k 2> /dev/null || true',
    refusal: { exitCode: 1, says: /ENOSPC[\s\S]*kong migrations bootstrap failed with exit code 1/ },
  },
  'no HOME, and a user that is not in passwd': {
    prelude: `${asNobodyKnown}; unset HOME`,
  },
  'ulimit -n 64': { prelude: 'ulimit -n 64' },
  'ulimit -n as high as it goes': { prelude: 'ulimit -n 1048576 2> /dev/null || ulimit -n "$(ulimit -H -n)"' },
  'closed stdin, stdout and stderr': { prelude: 'exec <&- >&- 2>&-' },
  'an environment with empty variables': { prelude: 'export EMPTY= KONG_PG_SCHEMA= KONG_ENTRYPOINT_GRACE=' },
};

describe('a start with', { skip: whyNoPidNamespace() }, () => {
  for (const [what, confinement] of Object.entries(confinements)) {
    prove('system', `with ${what}`, () => startWith(confinement, what));
  }
  for (const [what, confinement] of Object.entries(confinements)) {
    if (confinement.refusal === noFolder)
      prove('system', `on a ready schema, with ${what}`, () => startWarm(confinement));
  }
  prove('system', 'with 64 MiB of memory less than it takes', () => startShortOfMemory());
});

async function startWith({ prelude, refusal }: Confinement, what: string): Promise<string> {
  const { given, result, left } = await run(`ulimit -c 0\n${prelude}`);
  assert.equal(result.timedOut, false, result.stderr);
  assert.equal(left, 0);
  assert.equal(result.exitCode, refusal?.exitCode ?? 0, result.stderr);
  if (refusal !== undefined) assert.match(result.stderr, refusal.says);
  else if (!what.startsWith('closed')) assert.ok(isHandedOver(result), result.stderr);
  if (refusal !== undefined) await assertNextStart(given);
  return refusal === undefined
    ? `handed over after ${Math.round(result.durationMs)} ms`
    : `${result.exitCode} and a hint, and the next start is handed over`;
}

/** Kong itself would fail after the hand-over, which had nothing to do before it. */
async function startWarm({ prelude }: Confinement): Promise<string> {
  const given = await scene.freshEnvironment();
  await assertNextStart(given);
  for (const words of [
    ['kong', 'docker-start'],
    ['--check', 'kong', 'docker-start'],
    ['kong', 'start'],
  ]) {
    const { result } = await run(`ulimit -c 0\n${prelude}`, given, words);
    assert.equal(result.exitCode, 71, result.stderr);
    assert.match(result.stderr + result.stdout, /no folder can be made in \/tmp/);
    assert.match(result.stderr + result.stdout, /mount a tmpfs there/);
  }
  return '71 and a hint before the hand-over, and from --check';
}

async function run(prelude: string, variables?: Variables, words: readonly string[] = ['kong', 'docker-start']) {
  const given = variables ?? (await scene.freshEnvironment());
  const start = startOf({ ...given, W: scene.world.folder }, words, prelude);
  const shell = [...ownMounts, ...start.program.slice(0, 4), ...elsewhere.words];
  const running = await spawnEntrypoint({ ...start, program: shell });
  const result = await running.finished;
  scene.sweep.look();
  scene.sweep.read('what was printed', result.stdout + result.stderr);
  return { given, result, left: running.processesLeft().length };
}

const MIB = 1024 * 1024;

/** The least data segment, to 16 MiB, that a start takes; then 64 MiB less, of which the runtime can only die. */
async function startShortOfMemory(): Promise<string> {
  let enough = 512;
  for (let size = 512; size > 64; size -= 64) {
    const { result } = await run(`ulimit -c 0; set -- prlimit --data=${size * MIB} "$@"`);
    if (!isHandedOver(result)) break;
    enough = size;
  }
  const { given, result, left } = await run(`ulimit -c 0; set -- prlimit --data=${(enough - 64) * MIB} "$@"`);
  assert.ok(!isHandedOver(result) && !result.timedOut);
  assert.equal(left, 0);
  await assertNextStart(given);
  return `${enough} MiB of data suffice; with ${enough - 64} it ends with ${result.signal ?? result.exitCode}, and the next start is handed over`;
}

async function assertNextStart(given: Variables): Promise<void> {
  const next = await runEntrypoint(startOf(given));
  assert.ok(isHandedOver(next), next.stderr);
}
