import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type EntrypointResult, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { KONG_PASSWORD } from '../world/world.ts';
import { databaseCases } from './error-cases/database.ts';
import type { Changes, ErrorCase, Setting } from './error-cases/error-case.ts';
import { ownSettingsCases } from './error-cases/own-settings.ts';
import { programCases } from './error-cases/programs.ts';
import { provisioningCases } from './error-cases/provisioning.ts';
import { secretCases } from './error-cases/secrets.ts';
import { settingsCases } from './error-cases/settings.ts';
import { vaultAccessCases } from './error-cases/vault-access.ts';
import { createHowTo, type HowTo, startOf, type Variables } from './how-to-start.ts';
import { programs } from './programs.ts';

const cases = [
  ...ownSettingsCases,
  ...settingsCases,
  ...secretCases,
  ...vaultAccessCases,
  ...programCases,
  ...databaseCases,
  ...provisioningCases,
];

/** What no line may hold: the password, the access keys, and every value of a secret that a case makes up. */
const values = [KONG_PASSWORD, 'emulator/secret+access=key', 'hunter2', '20412041'];

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
});
after(() => howTo.close());

for (const program of programs) {
  describe(`the ${program.name} says what is wrong with`, () => {
    for (const errorCase of cases) {
      test(errorCase.situation, async () => {
        const setting = await settingOf(howTo);
        const changes = await errorCase.make?.(setting);
        const environment = changed(setting.environment, changes ?? {});
        const running = await spawnEntrypoint({
          ...startOf(program, wordsOf(errorCase, setting), environment),
          timeout: 20_000,
        });
        const result = await running.finished;
        assert.deepEqual(linesOf(result), expected(errorCase, setting), result.stderr);
        assert.equal(result.exitCode, errorCase.exitCode);
        assertDiscreet(result);
        assert.deepEqual(running.processesLeft(), []);
        await errorCase.alsoHolds?.(result, setting);
      });
    }
  });
}

async function settingOf(of: HowTo): Promise<Setting> {
  of.world.kong.configure({ edition: 'enterprise' });
  const environment: Variables = { ...(await of.freshEnvironment()), HOME: '/nonexistent' };
  return {
    howTo: of,
    environment,
    connection: `kong@${environment['KONG_PG_HOST']}:${environment['KONG_PG_PORT']}/${environment['KONG_PG_DATABASE']}`,
    file(name, text, mode = 0o644) {
      const path = join(of.world.folder, 'files', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      chmodSync(path, mode);
      return path;
    },
  };
}

function changed(environment: Variables, changes: Changes): Variables {
  const all = Object.entries({ ...environment, ...changes });
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function wordsOf({ options = [], words = ['kong', 'docker-start'] }: ErrorCase, setting: Setting): string[] {
  return [...options, ...(typeof words === 'function' ? words(setting) : words)];
}

function expected({ lines }: ErrorCase, setting: Setting): readonly string[] {
  return typeof lines === 'function' ? lines(setting) : lines;
}

/** The lines of error and hint, without our name before them. */
function linesOf({ stderr }: EntrypointResult): string[] {
  const lines = stderr.split('\n').map((line) => line.replace(/^kong-entrypoint: /, ''));
  return lines.filter((line) => /^(?:error|hint): /.test(line));
}

function assertDiscreet({ stdout, stderr }: EntrypointResult): void {
  const output = `${stdout}${stderr}`;
  assert.doesNotMatch(output, /\n\s+at |this is a bug/, 'no stack');
  assert.doesNotMatch(output, /handing over/, 'nothing is handed over');
  for (const value of values) assert.ok(!output.includes(value), `no value: ${value}`);
}
