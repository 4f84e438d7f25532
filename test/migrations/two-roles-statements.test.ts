import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { runEntrypoint } from '../world/kong-entrypoint.ts';
import { DEFAULT_KNOBS, tableMigration } from '../world/stand-in-kong/stand-in-kong.ts';
import { createScene, isHandedOver, type Scene, startOf } from './scene.ts';
import { type TwoRoles, withTwoRoles } from './two-roles.ts';

/* Which statements of which role the server saw: the table of docs/two-roles.md. Kong is the stand-in here, up to the hand-over. */

let scene: Scene;
let environment: TwoRoles;
before(async () => {
  scene = await createScene({
    postgresql: { settings: { log_statement: 'all', log_line_prefix: 'role=%u ' } },
  });
  environment = await withTwoRoles(scene, { kong: 'runtime', migrator: 'migrator' });
});
after(() => scene.close());

const kinds = /^(?:ALTER DEFAULT PRIVILEGES|(?:CREATE|ALTER|DROP) (?:TABLE|SCHEMA|INDEX|FUNCTION)|[A-Z]+)/;

/** The kinds of statements of this role in the log, each once. */
function kindsIn(log: string, role: string): string {
  const lines = log.matchAll(
    /^role=(\S+) .*? LOG: +(?:statement|execute [^:]+): ([\s\S]*?)(?=^role=|^\S+ \S+ \S+ \[|(?![\s\S]))/gm,
  );
  const own = [...lines].filter(([, user = '']) => user.startsWith(role));
  const words = own.flatMap(([, , text = '']) =>
    text
      .replaceAll(/--.*$/gm, '')
      .split(';')
      .flatMap((one) => kinds.exec(one.trim().toUpperCase())?.[0] ?? []),
  );
  const unlike = new Set(words.filter((word) => !/^(?:WITH|BEGIN|COMMIT|ROLLBACK|SET)$/.test(word)));
  return [...unlike].toSorted().join(', ') || 'none';
}

async function seenAt(options: readonly string[]): Promise<readonly [kong: string, migrator: string]> {
  const before = scene.world.postgresql.log().length;
  const result = await runEntrypoint(startOf(environment, options));
  assert.ok(isHandedOver(result), result.stderr);
  const log = scene.world.postgresql.log().slice(before);
  return [kindsIn(log, 'runtime'), kindsIn(log, 'migrator')];
}

test('the statements that the server saw of each role are those of docs/two-roles.md', async () => {
  const seen = new Map<string, readonly [string, string]>();
  seen.set('a first start', await seenAt([]));
  seen.set('a warm start', await seenAt([]));
  const newer = [...DEFAULT_KNOBS.migrations, tableMigration('core', '024_370_to_380', true)];
  scene.world.kong.configure({ migrations: newer });
  seen.set('`up` and `finish`', await seenAt(['--migrations', 'finish']));
  const page = readFileSync(new URL('../../docs/two-roles.md', import.meta.url), 'utf8');
  for (const [situation, [kong, migrator]] of seen) {
    assert.ok(page.includes(`| ${situation} | ${kong} | ${migrator} |\n`), `| ${situation} | ${kong} | ${migrator} |`);
  }
});
