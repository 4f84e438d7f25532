import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type EntrypointResult, runEntrypoint } from '../../world/kong-entrypoint.ts';
import { KONG_PASSWORD, KONG_USER } from '../../world/world.ts';
import { createHowTo, type HowTo, startOf, type Variables } from '../how-to-start.ts';
import { assertOrderly } from '../orderly.ts';
import { type Program, programs } from '../programs.ts';
import { environments, type GoldenEnvironment } from './environments.ts';

/**
 * What `--plan` and `--check` say of environments that teams have, word for word. `UPDATE_GOLDEN=1` writes the files again; what it changed
 * is then read as any other change is.
 */
const golden = fileURLToPath(new URL('golden/', import.meta.url));
const isUpdate = process.env['UPDATE_GOLDEN'] === '1';

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
  const { vault } = howTo;
  vault.putSecret('rds!db-0a1b2c3d', JSON.stringify({ username: KONG_USER, password: KONG_PASSWORD }));
  vault.putSecret('kong-licence', '{"license":{"signature":"hunter2-licence"}}');
  vault.putSecret('kong-admin', '{"password":"hunter2-admin"}');
  vault.putSecret('kong-migrator', '{"user":"kong_migrator","password":"hunter2-migrator"}');
  await howTo.world.postgresql.createRole('kong_migrator', 'hunter2-migrator');
  vault.putSecret('tls', '{"cert":"/etc/hunter2.pem"}');
});
after(() => howTo.close());

for (const program of programs) {
  describe(`the ${program.name}, asked about`, () => {
    for (const environment of environments) {
      for (const output of ['text', 'json'] as const) {
        const length = output === 'json' ? ', at length' : '';
        test(`${environment.about}: --plan in ${output}, and nobody is asked${length}`, async () => {
          const result = await ask('--plan', output, environment, program);
          compare(`${environment.name}.plan`, output, result);
          assert.equal(howTo.vault.requests.length, 0);
          assert.deepEqual(howTo.world.kong.record(), []);
        });

        test(`${environment.about}: --check in ${output}${length}`, async () => {
          compare(`${environment.name}.check`, output, await ask('--check', output, environment, program));
          const run = howTo.world.kong.record().map(({ arguments: words }) => words[1]);
          assert.ok(
            run.every((word) => word === 'status'),
            `nothing is changed: ${run.join(' ')}`,
          );
        });
      }
    }
  });
}

async function ask(
  question: '--plan' | '--check',
  output: 'text' | 'json',
  { name, options = [], words = [], variables = {}, files = {}, edition }: GoldenEnvironment,
  program: Program,
): Promise<EntrypointResult> {
  const folder = join(howTo.world.folder, 'environments', name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const place = (text: string): string => text.replace('FOLDER', folder);
  const given = {
    ...(await howTo.freshEnvironment()),
    KONG_ENTRYPOINT_DATABASE_TIMEOUT: '2s',
    HOME: '/nonexistent',
    ...variables,
  };
  const environment: Variables = Object.fromEntries(
    Object.entries(given).flatMap(([variable, text]) => (text === undefined ? [] : [[variable, place(text)]])),
  );
  howTo.world.kong.configure({ edition: edition ?? 'enterprise' });
  const args = [question, '--output', output, ...options, ...words.map(place)];
  const result = await runEntrypoint({ ...startOf(program, args, environment), timeout: 30_000 });
  assertOrderly(result);
  for (const value of [KONG_PASSWORD, 'hunter2', 'emulator/secret+access=key']) {
    assert.ok(!`${result.stdout}${result.stderr}`.includes(value), 'no value');
  }
  return result;
}

function compare(name: string, output: 'text' | 'json', { stdout, exitCode }: EntrypointResult): void {
  const said = `${normal(stdout)}exit code ${exitCode}\n`;
  const path = join(golden, `${name}.${output === 'text' ? 'txt' : 'json.txt'}`);
  if (isUpdate || !existsSync(path)) writeFileSync(path, said);
  if (!isUpdate) assert.equal(said, readFileSync(path, 'utf8'));
}

/** Without what differs from run to run: times, ports, folders, and the number of the database. */
function normal(text: string): string {
  const { folder, postgresql } = howTo.world;
  return text
    .replaceAll(folder, '/world')
    .replaceAll(howTo.vault.url, 'http://vault')
    .replaceAll(String(postgresql.port), '5432')
    .replaceAll(/kong_\d+/g, 'kong')
    .replaceAll(/ +\d+(\.\d)? m?s(?= {2})/g, '  0 ms')
    .replaceAll(/"milliseconds": \d+/g, '"milliseconds": 0')
    .replaceAll(/(?<=PostgreSQL )\d+\.\d+/g, '0')
    .replaceAll(/(?<=\S) {2,}/g, '  ');
}
