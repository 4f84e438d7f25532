import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type EntrypointResult, runEntrypoint } from '../world/kong-entrypoint.ts';
import { createHowTo, type HowTo, startOf, type Variables } from './how-to-start.ts';
import { assertOrderly } from './orderly.ts';
import { type Program, programs } from './programs.ts';

let howTo: HowTo;
let folder: string;
before(async () => {
  howTo = await createHowTo();
  folder = join(howTo.world.folder, 'bad-input');
  mkdirSync(join(folder, 'folder'), { recursive: true });
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  writeFileSync(join(folder, 'large'), 'pg_host = 127.0.0.1\n'.repeat(500_000));
  writeFileSync(join(folder, 'binary'), Buffer.from([...Array(4096).keys()].map((index) => index % 256)));
  writeFileSync(join(folder, 'section'), '[kong\npg_host = 127.0.0.1\n');
});
after(() => howTo.close());

/** What is given, the exit status, and a part of what is printed. `@name` is the path of a file that is made above. */
type Row = readonly [what: string, exitCode: number, text: RegExp, changes: Variables, words?: readonly string[]];

const bootstrap = ['kong', 'migrations', 'bootstrap'];
const status = ['kong', 'migrations', 'status'];
const withConf = (path: string): readonly string[] => [...status, '-c', path];
const unknownHost = { KONG_PG_HOST: 'database.invalid', KONG_ENTRYPOINT_DATABASE_TIMEOUT: '300ms' };
const answered = /"needs_bootstrap":true/;

const files: readonly Row[] = [
  ['a kong.conf that is a folder', 78, /-c: .+\/folder cannot be read: it is a folder/, {}, withConf('@folder')],
  ['a kong.conf that is a pipe', 78, /-c: .+\/fifo cannot be read: it is not a regular file/, {}, withConf('@fifo')],
  ['a kong.conf that never ends', 78, /\/dev\/zero cannot be read: it is not a/, {}, withConf('/dev/zero')],
  ['a kong.conf of 10 MB', 78, /-c: .+\/large cannot be read: it is larger than 1 MiB/, {}, withConf('@large')],
  ['a kong.conf that is not there', 78, /-c: .+\/absent cannot be read: there is no such/, {}, withConf('@absent')],
  ['a kong.conf with an open section', 78, /a section line has no name/, {}, withConf('@section')],
  ['a kong.conf of arbitrary bytes', 0, answered, {}, withConf('@binary')],
  ['-c without a file', 78, /cannot be read/, {}, [...status, '-c']],
  ['a _FILE that is a folder', 78, /KONG_PG_SSL_FILE: .+: it is a folder/, { KONG_PG_SSL_FILE: '@folder' }],
  ['a _FILE that is a pipe', 78, /KONG_PG_SSL_FILE: .+: it is not a regular file/, { KONG_PG_SSL_FILE: '@fifo' }],
  [
    'a CA bundle that is a folder',
    78,
    /AWS_CA_BUNDLE: \/etc cannot be read: it is a folder/,
    { AWS_CA_BUNDLE: '/etc' },
  ],
];

const control = '\u001b[31m\u0007';
const texts: readonly Row[] = [
  ['an option with a terminal sequence', 64, /unknown option --\\x1b\[31m\\x07/, {}, [`--${control}`, 'kong']],
  ['a program with a line break', 127, /a\\x0ab: no such program/, {}, ['a\nb']],
  [
    'control characters in a reference',
    66,
    /"a\\x0a\\x1b\[31m\\x07"/,
    { KONG_PG_USER: `{vault://aws/a\n${control}/}` },
  ],
  ['a reference of slashes', 78, /hint: name the backend/, { KONG_PG_USER: '{vault:////////}' }],
  [
    'a reference of 100,000 characters',
    66,
    /KONG_PG_USER: .{50,4100}\n/,
    { KONG_PG_USER: `{vault://aws/${'x/'.repeat(50_000)}}` },
  ],
  ['an endpoint that is not a URL', 78, /KONG_VAULT_AWS_ENDPOINT_URL: /, { KONG_VAULT_AWS_ENDPOINT_URL: 'nonsense' }],
  [
    'an unknown setting of ours in lower case',
    78,
    /KONG_ENTRYPOINT_migrations: /,
    { KONG_ENTRYPOINT_migrations: 'up' },
  ],
  ['an unknown setting of ours, a value by its name', 78, /KONG_ENTRYPOINT_VALUES: /, { KONG_ENTRYPOINT_VALUES: 'x' }],
  ['a duration beyond all bounds', 78, /KONG_ENTRYPOINT_TIMEOUT: /, { KONG_ENTRYPOINT_TIMEOUT: '9999999h' }],
];

const connections: readonly Row[] = [
  ['a port that is not a number, which Kong passes over', 78, /KONG_PG_PORT: the value/, { KONG_PG_PORT: 'no' }],
  ['a port that is out of range', 78, /KONG_PG_PORT: the value is not a port/, { KONG_PG_PORT: '-1' }],
  ['a port that is a fraction', 78, /KONG_PG_PORT: the value is not a port/, { KONG_PG_PORT: '5432.5' }],
  ['a host with a line break', 78, /KONG_PG_HOST: the value/, { KONG_PG_HOST: 'a\nb' }],
  ['a host that nobody knows', 75, /database\.invalid:\d+ was not available/, unknownHost],
  ['a host that is a folder', 75, /KONG_PG_HOST: /, { ...unknownHost, KONG_PG_HOST: '/nonexistent' }],
  ['a database with quotes', 78, /the database does not exist/, { KONG_PG_DATABASE: `"'; DROP TABLE x; --` }],
  ['a schema with quotes', 0, /Database is up-to-date/, { KONG_PG_SCHEMA: `no "such' schema` }],
  ['an unknown TLS version', 78, /KONG_PG_SSL_VERSION: /, { KONG_PG_SSL: 'on', KONG_PG_SSL_VERSION: 'tls9' }],
  [
    'names that Kong does not look up',
    0,
    /Database is up-to-date/,
    { KONG_: 'x', KONG_pg_host: 'x.invalid', 'KONG_ODD-NAME': 'x' },
  ],
  ['a timeout that is not a number', 78, /KONG_PG_TIMEOUT: the value/, { KONG_PG_TIMEOUT: 'nonsense' }],
];

const rows: readonly Row[] = [
  ...files,
  ...texts,
  ...connections.map(([what, exitCode, text, changes]): Row => [what, exitCode, text, changes, bootstrap]),
];

for (const program of programs) {
  describe(`the ${program.name} meets`, () => {
    for (const [what, exitCode, text, changes, words = status] of rows) {
      test(what, async () => {
        const result = await run(program, words, { ...(await howTo.freshEnvironment()), ...changes });
        assertOrderly(result);
        const output = `${result.stderr}${result.stdout}`;
        assert.ok(text.test(output), output.slice(0, 2000));
        assert.equal(result.exitCode, exitCode, output.slice(0, 2000));
      });
    }
  });
}

function run(program: Program, words: readonly string[], environment: Variables): Promise<EntrypointResult> {
  const at = (text: string): string => text.replace(/^@/, `${folder}/`);
  const variables = Object.entries(environment).map(([name, value]) => [name, at(value)]);
  return runEntrypoint({ ...startOf(program, words.map(at), Object.fromEntries(variables)), timeout: 20_000 });
}
