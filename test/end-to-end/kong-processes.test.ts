import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { enterpriseKnobs, type Shape } from '../world/stand-in-kong/shape.ts';
import { DEFAULT_KNOBS, type StandInOptions } from '../world/stand-in-kong/stand-in-kong.ts';
import { createWorld, type World } from '../world/world.ts';
import { programs } from './programs.ts';

const shapes: Readonly<Record<Shape, StandInOptions>> = {
  'open-source': { edition: 'open-source' },
  Enterprise: enterpriseKnobs(DEFAULT_KNOBS.migrations),
};

const program = programs.find(({ name }) => name === 'binary')?.words ?? programs[0]?.words ?? [];

for (const [shape, kong] of Object.entries(shapes)) {
  describe(`the processes of kong migrations in a start of the ${shape} shape`, () => {
    let world: World;
    before(async () => {
      world = await createWorld({ kong });
    });
    after(() => world.close());

    /** Runs until Kong serves, and returns the milliseconds to there, and what ran of `kong migrations`. */
    async function serve(words: readonly string[], environment: Readonly<Record<string, string>>) {
      world.kong.clearRecord();
      const started = performance.now();
      const running = await spawnEntrypoint({ program: words, args: ['kong', 'docker-start'], environment });
      await running.waitForLine('Kong started');
      const took = performance.now() - started;
      running.signal('SIGTERM');
      await running.finished;
      const children = world.kong.record().filter(({ arguments: all }) => all[0] === 'migrations');
      return { took, ran: children.map(({ arguments: all }) => all[1]) };
    }

    test('as uid 65532, with neither rm nor ln nor a shell in PATH, natively: one when cold, none when warm', async (t) => {
      if (process.getuid?.() !== 0) return t.diagnostic('only root can become another user');
      const environment = await strangersEnvironment();
      const asStranger = ['/usr/bin/setpriv', '--reuid=65532', '--regid=65532', '--clear-groups', '--', ...program];
      const cold = await serve(asStranger, environment);
      const warm = await serve(asStranger, environment);
      assert.deepEqual([cold.ran, warm.ran], [['bootstrap'], []]);
    });

    /** Of an image whose user has a number only, and whose PATH has but what the stand-in itself needs. */
    async function strangersEnvironment(): Promise<Readonly<Record<string, string>>> {
      const [prefix, tools] = [join(world.folder, 'prefix of a stranger'), join(world.folder, 'tools')];
      chmodSync(world.folder, 0o755);
      for (const folder of [prefix, tools]) mkdirSync(folder);
      chownSync(prefix, 65532, 65532);
      for (const tool of ['cat', 'mktemp']) symlinkSync(`/usr/bin/${tool}`, join(tools, tool));
      return {
        ...(await world.createKongDatabase()),
        PATH: `${world.kong.bin}:${tools}`,
        KONG_PREFIX: prefix,
        KONG_VERSION: kong.version ?? DEFAULT_KNOBS.version,
        KONG_ENTRYPOINT_START: 'native',
      };
    }

    for (const way of ['image', 'native']) {
      test(`through ${way === 'image' ? "the image's script" : 'the native start'}: one when cold, none when warm`, async (t) => {
        const environment = {
          ...(await world.createKongDatabase()),
          KONG_VERSION: kong.version ?? DEFAULT_KNOBS.version,
          KONG_ENTRYPOINT_START: way,
          ...(way === 'image' && { KONG_ENTRYPOINT_PROGRAM: join(world.kong.folder, 'docker-entrypoint.sh') }),
        };
        const cold = await serve(program, environment);
        const warm = await serve(program, environment);
        const plain = await serve([world.kong.entryScript], environment);
        assert.deepEqual(cold.ran, ['bootstrap']);
        assert.deepEqual(warm.ran, []);
        for (const [name, { took, ran }] of Object.entries({ cold, warm })) {
          const ratio = (took / plain.took).toFixed(2);
          t.diagnostic(
            `${shape}, ${way}, ${name}: ${ran.length} kong migrations, ${ratio} of a plain exec of the script`,
          );
        }
      });
    }
  });
}
