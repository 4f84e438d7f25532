import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createRole } from '../../src/database/provisioning/create.ts';
import { createVerifier } from '../../src/database/provisioning/verifier.ts';
import { revealSecret, Secret } from '../../src/secret.ts';
import { availablePostgresqlVersions, type Postgresql } from '../world/postgresql.ts';
import {
  assertUsable,
  freshOn,
  isRefused,
  MASTER,
  PASSWORD,
  type Provisioning,
  provisionHere,
  settled,
  startWithMaster,
  verifierIn,
} from './provisioning-world.ts';

for (const version of availablePostgresqlVersions()) {
  describe(`PostgreSQL ${version}`, () => {
    let server: Postgresql;
    before(async () => {
      server = await startWithMaster(version);
    });
    after(() => server.close());

    test('of five with sync one sets the password', async () => {
      const old = freshOn(server);
      await provisionHere(old);
      const given = { ...old, password: 'rotated' };
      const sync = { ...given, sync: true } as const;
      const all = await Promise.all(Array.from({ length: 5 }, () => provisionHere(sync)));
      assert.equal(all.flat().filter((line) => line.startsWith('warn: the password')).length, 1);
      assert.equal(await isRefused(given), false);
    });

    test("a server's own verifiers of the same passwords are ours, with its salt", async () => {
      const passwords = [
        'user',
        'pässwörd',
        '密码',
        '🔑',
        ' a b ',
        `it's "\\ $%`,
        'a\u0627',
        '\u0627a\u0627',
        'a\u0221',
        '\ue000',
      ];
      for (const password of passwords) {
        await server.query(`ALTER ROLE nobody PASSWORD '${password.replaceAll("'", "''")}'`);
        const kept = String(await verifierIn(server, 'nobody'));
        const salt = Buffer.from(/:([^$]+)\$/.exec(kept)?.[1] ?? '', 'base64');
        const input = { password: new Secret(password), role: 'nobody', serverVersion: version * 10_000, salt };
        assert.equal(revealSecret(createVerifier(input)), kept, JSON.stringify(password));
      }
      await server.query(`ALTER ROLE nobody PASSWORD 'hunter2-nobody'`);
    });

    test('a server that encrypts by md5 takes the verifier as it is, also for logins that its pg_hba.conf calls md5', async () => {
      const hba = ['host all postgres 127.0.0.1/32 scram-sha-256', 'host all all 127.0.0.1/32 md5'];
      server.configure({ settings: { password_encryption: 'md5' }, hba });
      await settled(async () => {
        const [row] = await server.query('SHOW password_encryption');
        return row?.['password_encryption'] === 'md5';
      });
      const given = freshOn(server);
      await provisionHere(given);
      assert.match(String(await verifierIn(server, given.role)), /^SCRAM-SHA-256\$/);
      await assertUsable(given);
      await provisionMd5(given);
      server.configure({ settings: { log_statement: 'all', log_min_error_statement: 'debug5' } });
    });

    /** What a server before PostgreSQL 10 would be given; this one still takes it. */
    async function provisionMd5(given: Provisioning): Promise<void> {
      const role = `${given.role}_md5`;
      const client = await server.connect({});
      const session = {
        database: { query: async <R extends object>(text: string) => (await client.query<R>(text)).rows },
        facts: {
          serverVersion: 90_624,
          hasRole: false,
          hasDatabase: true,
          isSuperuser: true,
          mayCreateRoles: true,
          mayCreateDatabases: true,
        },
        wanted: { role, database: given.database },
        admin: {
          user: 'postgres',
          subject: '',
          link: () => assert.fail('no other connection is needed'),
          open: () => assert.fail('no other connection is needed'),
        },
      };
      await createRole(session, new Secret(PASSWORD));
      await client.end();
      assert.equal(await isRefused({ ...given, role }), false);
      assert.equal(await isRefused({ ...given, role, password: 'other' }), true);
    }

    test('no statement that the server logged holds a password, in clear text or encoded', async () => {
      const log = server.log();
      assert.match(log, /CREATE ROLE "kong_\d+" LOGIN PASSWORD 'SCRAM-SHA-256\$/, 'statements are logged');
      const marks = [PASSWORD, 'battery', MASTER.password.split('-')[0] ?? ''];
      const ours = log
        .split('\n')
        .filter(
          (line) =>
            !/ALTER ROLE (?:nobody|"mas""ter") PASSWORD|CREATE ROLE "(?:mas""ter|nobody|kong_\d+)" LOGIN PASSWORD '(?!SCRAM)/.test(
              line,
            ),
        );
      for (const mark of marks) {
        for (const encoding of ['utf8', 'base64', 'hex'] as const) {
          const text = Buffer.from(mark).toString(encoding);
          assert.ok(!ours.join('\n').includes(text.replace(/=+$/, '').slice(0, -1)), `${mark} as ${encoding}`);
        }
      }
    });
  });
}
