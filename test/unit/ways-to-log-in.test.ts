import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, test } from 'node:test';
import { authMethods } from '../../src/vaults/hcv/auth-methods.ts';
import { waysToLogIn } from '../logins/ways-to-log-in.ts';

const root = new URL('../../', import.meta.url);

describe('a way to log in has a test that succeeds, and one that is nearly right and refused:', () => {
  for (const { to, way, by, letIn, refused } of waysToLogIn) {
    it(`${to}, ${way}, ${by}`, () => {
      for (const [file, title] of [letIn, refused]) {
        assert.ok(readFileSync(new URL(file, root), 'utf8').includes(title), `${file} has no test "${title}"`);
      }
    });
  }
});

test('no vault backend, no auth_method and no pg_*_auth is missing, but for pg_oauth_auth, which is left to Kong', () => {
  const backends = new Set(waysToLogIn.map(({ to }) => to));
  for (const name of ['env', 'aws', 'hcv', 'gcp', 'azure', 'conjur', 'fs']) assert.ok(backends.has(name), name);
  const chosen = waysToLogIn.map(({ by }) => by).join(' ');
  for (const method of ['token', ...Object.keys(authMethods)]) assert.ok(chosen.includes(`\`${method}\``), method);
  for (const login of ['IAM', 'AZURE', 'GCP']) assert.ok(chosen.includes(`KONG_PG_${login}_AUTH`), login);
});
