import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { selfSigned } from '../emulators/self-signed.ts';
import { availablePostgresqlVersions, type Postgresql } from '../world/postgresql.ts';
import {
  assertUsable,
  freshOn,
  isRefused,
  MASTER,
  membershipsOf,
  type Provisioning,
  provisionAloud,
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

    const admins = { 'a superuser': undefined, 'CREATEROLE and CREATEDB alone': MASTER };
    for (const [name, admin] of Object.entries(admins)) {
      const with_ = (given: Provisioning): Provisioning => (admin === undefined ? given : { ...given, admin });

      test(`${name}: role and database are created, and are good for Kong`, async () => {
        const given = with_(freshOn(server));
        assert.deepEqual(await provisionHere(given), [
          `info: role ${given.role} and database ${given.database} created`,
        ]);
        await assertUsable(given);
        assert.equal(await isRefused({ ...given, password: 'other' }), true);
        assert.deepEqual(await membershipsOf(server, version, '"mas""ter"'), []);
      });

      test(`${name}: a second run changes nothing, and says so to those who ask`, async () => {
        const given = with_(freshOn(server));
        await provisionHere(given);
        const before = await verifierIn(server, given.role);
        assert.deepEqual(await provisionHere({ ...given, password: 'another' }), [
          `debug: role ${given.role} and database ${given.database} exist already: nothing was created`,
        ]);
        assert.match(String(before), /^SCRAM-SHA-256\$4096:/);
        assert.equal(await verifierIn(server, given.role), before);
      });

      test(`${name}: hostile names are names`, async () => {
        const hostile = { role: `kong"; -- ${name}`, database: `db'"; DROP ROLE nobody; -- ${name}` };
        const given = with_({ ...freshOn(server), ...hostile });
        await provisionHere(given);
        await assertUsable(given);
      });

      test(`${name}: five starters at once create them once`, async () => {
        const given = with_(freshOn(server));
        const all = await Promise.all(Array.from({ length: 5 }, () => provisionHere(given)));
        const creating = all.flat().filter((line) => line.startsWith('info: role'));
        assert.deepEqual(creating, [`info: role ${given.role} and database ${given.database} created`]);
        await assertUsable(given);
      });

      test(`${name}: of the two only what is missing is created`, async () => {
        const first = with_(freshOn(server));
        await provisionHere(first);
        const given = { ...first, database: `${first.database}_more` };
        assert.deepEqual(await provisionHere(given), [`info: database ${given.database} created`]);
        await assertUsable(given);
      });

      test(`${name}: sync sets the password that PostgreSQL refuses, once, and on does not`, async () => {
        const old = with_(freshOn(server));
        await provisionHere(old);
        const given = { ...old, password: 'rotated' };
        await provisionHere(given);
        assert.equal(await isRefused(given), true, 'on');
        const sync = { ...given, sync: true } as const;
        const set = `warn: the password of role ${given.role} was set to that of KONG_PG_PASSWORD: PostgreSQL had refused it`;
        assert.deepEqual((await provisionHere(sync)).slice(1), [set]);
        assert.equal(await isRefused(given), false, 'sync');
        const kept = await verifierIn(server, given.role);
        assert.equal((await provisionHere(sync)).length, 1, 'nothing more to set');
        assert.equal(await verifierIn(server, given.role), kept);
      });
    }

    test('the admin waits for a server that comes late', async () => {
      const given = freshOn(server);
      await server.stop();
      const lines: string[] = [];
      const done = provisionAloud(given, lines);
      await settled(async () => lines.some((line) => line.startsWith('info: waiting for PostgreSQL')));
      await server.start();
      await done;
      assert.equal(lines.at(-1), `info: role ${given.role} and database ${given.database} created`);
    });

    test("the admin's connections have the TLS of Kong's", async () => {
      const { cert, key } = selfSigned('localhost');
      server.configure({ tls: { certificate: cert, key }, hba: ['hostssl all all all scram-sha-256'] });
      await server.restart();
      const given = freshOn(server);
      const subject = 'KONG_ENTRYPOINT_ADMIN_PG_USER';
      await assert.rejects(provisionHere(given), { exitCode: 77, subject, hint: /KONG_PG_SSL=on/ });
      const typed = { pg_ssl: true, pg_ssl_verify: true, lua_ssl_trusted_certificate: [cert] };
      assert.equal((await provisionHere({ ...given, typed })).length, 1);
      const untrusted = { ...typed, lua_ssl_trusted_certificate: [selfSigned('localhost').cert] };
      await assert.rejects(provisionHere({ ...given, typed: untrusted }), { exitCode: 77, settingKey: 'pg_ssl' });
    });
  });
}
