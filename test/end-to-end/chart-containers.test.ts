import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createScene, isHandedOver, type Scene, startOf, verdict } from '../migrations/scene.ts';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { programs } from './programs.ts';

/* The containers that Kong's chart puts before Kong in a pod, in an image that has neither a shell nor `rm`. */

const WAIT =
  "export KONG_NGINX_DAEMON=on KONG_PREFIX=`mktemp -d` KONG_KEYRING_ENABLED=off; until kong start; do echo 'waiting for db'; sleep 1; done; kong stop";

/** Root may write everywhere: without that right it is as anybody else. */
const AS_ANYBODY = process.getuid?.() === 0 ? ['/usr/bin/setpriv', '--bounding-set=-dac_override', '--'] : [];

let scene: Scene;
before(async () => {
  scene = await createScene();
});
after(() => scene.close());

/** A prefix that a Kong which was killed left behind. */
function leftPrefix(name: string): string {
  const prefix = join(scene.world.folder, name);
  mkdirSync(join(prefix, 'pids'), { recursive: true });
  writeFileSync(join(prefix, 'pids', 'nginx.pid'), '1\n');
  writeFileSync(join(prefix, 'kong.conf'), '');
  return prefix;
}

for (const program of programs) {
  describe(`the ${program.name} in an image without a shell`, () => {
    test('is wait-for-db: it ends when somebody else has migrated, and becomes nothing', async () => {
      const environment = await scene.freshEnvironment();
      const words = ['/nowhere/bin/bash', '-c', WAIT];
      const waiting = runEntrypoint(startOf(environment, [], { words, program }));
      assert.ok(isHandedOver(await runEntrypoint(startOf(environment))));
      const waited = await waiting;
      assert.equal(waited.exitCode, 0, waited.stderr);
      assert.match(waited.stderr, /info: schema ready \(/);
      assert.equal(waited.stdout, '');
      const ran = scene.recordOf(environment).map(({ arguments: args }) => args.slice(0, 2).join(' '));
      assert.deepEqual(
        ran.filter((command) => !command.startsWith('migrations ')),
        [],
      );
    });

    test('says with --plan that it waits', async () => {
      const environment = await scene.freshEnvironment();
      const words = ['/nowhere/bin/bash', '-c', WAIT];
      const { stdout } = await runEntrypoint(startOf(environment, ['--plan'], { words, program }));
      assert.match(
        stdout,
        /wait until migrations that run elsewhere make the schema ready for this Kong\n.*exit with its result/,
      );
    });

    test('is clear-stale-pid, as its command or under the name of rm', async () => {
      const bin = join(scene.world.folder, `bin-${program.name}`);
      mkdirSync(bin);
      symlinkSync(program.words.at(-1) ?? '', join(bin, 'rm'));
      const named = program.words.length === 1 ? [{ program: [join(bin, 'rm')], args: [] }] : [];
      for (const { program: words, args } of [{ program: program.words, args: ['rm'] }, ...named]) {
        const prefix = leftPrefix(`prefix-${program.name}-${args.length}`);
        for (const time of ['there', 'gone']) {
          const result = await runEntrypoint({
            program: words,
            args: [...args, '-vrf', `${prefix}/pids`],
            environment: { PATH: bin },
          });
          assert.equal(result.exitCode, 0, result.stderr);
          assert.match(result.stderr, /info: \S+\/pids is not there any more, without rm\n/, time);
          assert.deepEqual([existsSync(`${prefix}/pids`), existsSync(`${prefix}/kong.conf`)], [false, true]);
        }
      }
    });

    test('says what holds it up where the folder cannot be removed', async () => {
      const prefix = leftPrefix(`prefix-kept-${program.name}`);
      chmodSync(prefix, 0o555);
      const words = [...AS_ANYBODY, ...program.words];
      const args = ['rm', '-vrf', `${prefix}/pids`];
      const result = await runEntrypoint({ program: words, args, environment: { PATH: '/nowhere' } });
      chmodSync(prefix, 0o755);
      assert.equal(result.exitCode, 71, result.stderr);
      assert.deepEqual(verdict(result), [
        `error: KONG_PREFIX: ${prefix}/pids cannot be removed (EACCES)`,
        "hint: Kong's prefix must be a folder that the user of the container may write to, with all that is in it",
      ]);
    });

    test('is not a rm otherwise', async () => {
      const prefix = leftPrefix(`prefix-other-${program.name}`);
      for (const args of [
        ['rm', '-vrf', prefix],
        ['rm', '-vrf', 'pids'],
        ['rm', `${prefix}/pids`],
        ['rm', '-vrf', `${prefix}/pids`, prefix],
      ]) {
        const result = await runEntrypoint({ program: program.words, args, environment: { PATH: '/nowhere' } });
        assert.equal(result.exitCode, 127, result.stderr);
        assert.ok(existsSync(`${prefix}/pids`));
      }
    });
  });

  test(`the ${program.name} runs the chart's words where the image has the programs`, async () => {
    const prefix = leftPrefix(`prefix-there-${program.name}`);
    const shell = ['/bin/sh', '-c', `echo the shell; exit 7; ${WAIT}`];
    const ran = await runEntrypoint({ program: program.words, args: shell, environment: { PATH: '/bin:/usr/bin' } });
    assert.deepEqual([ran.exitCode, ran.stdout], [7, 'the shell\n']);
    const rm = ['rm', '-vrf', `${prefix}/pids`];
    const removed = await runEntrypoint({ program: program.words, args: rm, environment: { PATH: '/bin:/usr/bin' } });
    assert.match(removed.stdout, /removed/);
  });
}
