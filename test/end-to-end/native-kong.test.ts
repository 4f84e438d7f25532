import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type RunningEntrypoint, runEntrypoint, spawnEntrypoint, whyNoPidNamespace } from '../world/kong-entrypoint.ts';
import { installStandInKong } from '../world/stand-in-kong/stand-in-kong.ts';
import { KONG_PASSWORD } from '../world/world.ts';
import { createHowTo, type HowTo, REFERENCES, startOf, type Variables } from './how-to-start.ts';
import { writeProgram } from './kong-that.ts';
import { type Program, programs } from './programs.ts';
import { stopServing, untilServing } from './serving-kong.ts';

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
});
after(() => howTo.close());

const native = ['--start', 'native', 'kong', 'docker-start'];

/** The how-to's variables where the image has no script that is named. */
async function withoutScript(): Promise<Variables> {
  const { KONG_ENTRYPOINT_PROGRAM: _script, ...variables } = await howTo.freshEnvironment();
  return variables;
}

/** Serves natively, and is what the how-to asks for: the same process, its references intact, and nobody beside it. */
async function assertServes(
  program: Program,
  words: readonly string[],
  variables: Variables,
  pidNamespace = false,
): Promise<RunningEntrypoint> {
  const running = await spawnEntrypoint({ ...startOf(program, words, variables), pidNamespace });
  const { configuration } = await untilServing(running, howTo.world.kong);
  assert.equal(configuration['pg_user'], REFERENCES.KONG_PG_USER);
  const record = howTo.world.kong.record();
  const commands = record.map(({ program: name, arguments: [command] }) => `${name} ${command}`);
  assert.deepEqual(commands.toSorted(), ['kong migrations', 'kong prepare', 'nginx -p']);
  for (const [index, { environment }] of record.entries()) {
    if (commands[index] === 'kong migrations') continue;
    assert.deepEqual({ ...environment }, { ...variables, KONG_NGINX_DAEMON: 'off' });
  }
  await stopServing(running);
  return running;
}

for (const program of programs) {
  describe(`the ${program.name}, started natively`, () => {
    test('migrates, and becomes a Kong that serves, its environment as it was given but for KONG_NGINX_DAEMON', async () => {
      const { stderr } = await assertServes(program, native, await howTo.freshEnvironment());
      assert.match(stderr(), /info: prepared \S+ without the image's script in [\d.]+ m?s\n/);
      assert.match(
        stderr(),
        /info: handing over to \S+\/bin\/nginx -p \S+ -c nginx.conf after [\d.]+ m?s \(native start: --start native\)\n/,
      );
    });

    test('does the same as PID 1', { skip: whyNoPidNamespace() }, async () => {
      await assertServes(program, native, await howTo.freshEnvironment(), true);
    });

    test('does the same where the image has no entry script, without being told', async () => {
      await assertServes(program, ['kong', 'docker-start'], await withoutScript());
    });

    test('does the same by its variable', async () => {
      const variables = { ...(await howTo.freshEnvironment()), KONG_ENTRYPOINT_START: 'native' };
      await assertServes(program, ['kong', 'docker-start'], variables);
    });

    test('leaves every other command as it is', async () => {
      const running = await spawnEntrypoint(
        startOf(program, ['--start', 'native', 'kong', 'start'], await howTo.freshEnvironment()),
      );
      await untilServing(running, howTo.world.kong);
      assert.deepEqual(howTo.world.kong.record().at(-1)?.arguments, ['start']);
      await stopServing(running);
    });

    test('masks in the output of kong prepare what was dereferenced for it', async () => {
      const variables = await howTo.freshEnvironment();
      howTo.world.kong.configure({ faults: [{ kind: 'print-password', on: 'prepare' }] });
      const running = await spawnEntrypoint(startOf(program, ['--handover', 'values', ...native], variables));
      await untilServing(running, howTo.world.kong);
      await stopServing(running);
      assert.match(running.stdout(), /^connecting with password \[secret\] now$/m);
      assert.match(running.stderr(), /^warning: password=\[secret\]$/m);
      assert.ok(!`${running.stdout()}${running.stderr()}`.includes(KONG_PASSWORD));
    });

    test('starts one process before the hand-over, and the script many', {
      skip: whyNoPidNamespace(),
    }, async (context) => {
      const counts = await countProcesses(program);
      context.diagnostic(`processes and threads up to nginx: ${JSON.stringify(counts)}`);
      assert.equal(counts.native - counts.nothing, 1);
      assert.ok(counts.script - counts.nothing > 5);
    });
  });
}

/**
 * How many processes and threads a start makes, this one and those of the runtime included: in a PID namespace of its own, the kernel
 * numbers them from 1. `nothing` becomes nginx at once. Kong's programs make none of their own here.
 */
async function countProcesses(program: Program): Promise<Readonly<Record<'nothing' | 'native' | 'script', number>>> {
  const folder = join(howTo.world.folder, 'counted');
  const kong = installStandInKong(folder);
  const prefix = join(folder, 'prefix');
  writeProgram(kong.kong, `#!/bin/sh\n[ -d '${prefix}/logs' ] || mkdir -p '${prefix}/logs'\n`);
  writeProgram(kong.nginx, '#!/bin/sh\nread -r _ _ _ _ last < /proc/loadavg\necho "the last was $last"\n');
  const environment = {
    PATH: `${kong.bin}:/usr/bin:/bin`,
    KONG_DATABASE: 'off',
    KONG_PREFIX: prefix,
    KONG_ENTRYPOINT_PROGRAM: kong.entryScript,
  };
  const count = async (...args: readonly string[]): Promise<number> => {
    const { stdout, stderr } = await runEntrypoint({ program: program.words, args, environment, pidNamespace: true });
    const last = /^the last was (\d+)$/m.exec(stdout)?.[1];
    assert.ok(last !== undefined, stderr);
    return Number(last);
  };
  try {
    await count('kong', 'docker-start');
    return {
      nothing: await count('nginx'),
      native: await count(...native),
      script: await count('kong', 'docker-start'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
