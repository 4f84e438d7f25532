import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningEntrypoint, readEnviron, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import type { Fault } from '../world/stand-in-kong/stand-in-kong.ts';
import { createHowTo, type HowTo, SECRET, startOf, type Variables } from './how-to-start.ts';
import { programs } from './programs.ts';
import { searchFor } from './searched-places.ts';

/** Written differently in JSON, in a URL, in a connection string and in a regular expression. */
const PASSWORD = `Unmistakable-7q"\\ '%/+?$&é*[x]#-also-Unmistak3n`;
const HEAD = Buffer.from('Unmistakable-7q');
/** Of the role that migrates, where there is one. */
const MIGRATOR_PASSWORD = `Unforgettable-8w"\\ '%/+?$&é*[x]#-also-Unforgett4n`;
const MIGRATOR_HEAD = Buffer.from('Unforgettable-8w');
/** Both ends of each, and its beginning as encodings write it. */
const MARKS = [
  ...['Unmistakable-7q', 'Unmistak3n', 'Unforgettable-8w', 'Unforgett4n'],
  ...[HEAD, MIGRATOR_HEAD].flatMap((head) => [
    head.toString('base64'),
    head.toString('hex'),
    head.toString('base64url'),
  ]),
];

let howTo: HowTo;
before(async () => {
  howTo = await createHowTo();
  await howTo.freshEnvironment();
  await howTo.world.postgresql.query(`ALTER ROLE kong PASSWORD '${PASSWORD.replaceAll("'", "''")}'`);
  await howTo.world.postgresql.createRole('migrator', MIGRATOR_PASSWORD);
  for (const [name, value] of Object.entries(secrets)) howTo.vault.putSecret(name, value);
});
after(() => howTo.close());

const secrets: Readonly<Record<string, string>> = {
  [SECRET]: JSON.stringify({ pg_user: 'kong', pg_password: PASSWORD }),
  migrator: JSON.stringify({ user: 'migrator', password: MIGRATOR_PASSWORD }),
  'no-object': PASSWORD,
  list: JSON.stringify({ pg_password: [PASSWORD] }),
  'white-space': JSON.stringify({ pg_password: `${PASSWORD}\n` }),
  reference: JSON.stringify({ pg_password: `{vault://env/${PASSWORD}}` }),
  'half-json': `{"pg_password":"${PASSWORD.replaceAll(/["\\]/g, '')}`,
};

type Situation = {
  readonly exitCode: number;
  readonly changes?: Variables;
  /** Whether a role of its own migrates. */
  readonly hasMigrator?: true;
  readonly options?: readonly string[];
  readonly faults?: readonly Fault[];
  /** What is printed when it is time to look and then to stop it; without it, it ends by itself. */
  readonly until?: string;
};

const on = 'migrations bootstrap';
const printing: Fault = { kind: 'print-password', on };
const passwordOf = (secret: string, key = 'pg_password') => ({ KONG_PG_PASSWORD: `{vault://aws/${secret}/${key}}` });

const situations: Readonly<Record<string, Situation>> = {
  'a start that succeeds': { exitCode: 0, until: 'Kong started' },
  'a start with --handover values': { exitCode: 0, until: 'Kong started', options: ['--handover', 'values'] },
  'a start with two roles': { exitCode: 0, until: 'Kong started', hasMigrator: true },
  'a start with two roles and --handover values': {
    exitCode: 0,
    until: 'Kong started',
    hasMigrator: true,
    options: ['--handover', 'values'],
  },
  'migrations of two roles that print it, and fail': {
    exitCode: 4,
    hasMigrator: true,
    faults: [printing, { kind: 'exit', code: 4, on }],
  },
  'a login of the migrator that is refused': {
    exitCode: 77,
    hasMigrator: true,
    changes: { KONG_ENTRYPOINT_MIGRATOR_PG_USER: 'nobody-else' },
  },
  'a login that is refused': { exitCode: 77, changes: { KONG_PG_USER: 'somebody-else' } },
  'a database that is not there': { exitCode: 78, changes: { KONG_PG_DATABASE: 'nowhere' } },
  'a key that is not in the secret': { exitCode: 65, changes: passwordOf(SECRET, 'pg_pasword') },
  'a secret that is not an object': { exitCode: 65, changes: passwordOf('no-object') },
  'a secret that is half of one': { exitCode: 65, changes: passwordOf('half-json') },
  'a value that is a list': { exitCode: 65, changes: passwordOf('list') },
  'a value with white space around it': { exitCode: 65, changes: passwordOf('white-space') },
  'a value that is a reference': { exitCode: 65, changes: passwordOf('reference') },
  'migrations that print it, and fail': { exitCode: 4, faults: [printing, { kind: 'exit', code: 4, on }] },
  'migrations that print it, and are stopped': {
    exitCode: 143,
    faults: [printing, { kind: 'hang', on }],
    until: 'connecting with',
  },
};

const formats = {
  'in text': ['--log-level', 'debug'],
  'in JSON': ['--log-level', 'debug', '--log-format', 'json'],
} as const;

for (const program of programs) {
  describe(`the password is in no line, no file and no command line of the ${program.name}`, () => {
    for (const [name, situation] of Object.entries(situations)) {
      for (const [format, options] of Object.entries(formats)) {
        const length = situation.hasMigrator && format === 'in JSON' ? ', at length' : '';
        test(`${format}, in ${name}${length}`, async () => {
          const fresh = await howTo.freshEnvironment();
          const environment = {
            ...fresh,
            ...(situation.hasMigrator && (await withMigrator(fresh))),
            ...situation.changes,
          };
          howTo.world.kong.configure({ faults: situation.faults ?? [] });
          const args = [...options, ...(situation.options ?? []), 'kong', 'docker-start'];
          const search = searchFor(MARKS, howTo.world.folder, howTo.world.kong.folder);
          const running = await spawnEntrypoint(startOf(program, args, environment));
          await lookAndStop(running, situation, search.lookAtFiles);
          const { exitCode, stdout, stderr } = await running.finished;
          search.lookAtFiles();
          search.stop();
          assert.equal(exitCode, situation.exitCode, stderr);
          assert.deepEqual(search.findings(), []);
          assert.match(stderr, /kong-entrypoint/);
          const lines = `${stdout}\n${stderr}`.split('\n');
          assert.deepEqual(lines.filter(holdsMark), []);
        });
      }
    }
  });
}

/** Lets the role `migrator` own the fresh database. */
async function withMigrator({ KONG_PG_DATABASE: database = '' }: Variables): Promise<Variables> {
  await howTo.world.postgresql.query(`ALTER DATABASE ${database} OWNER TO migrator`);
  return {
    KONG_ENTRYPOINT_MIGRATOR_PG_USER: '{vault://aws/migrator/user}',
    KONG_ENTRYPOINT_MIGRATOR_PG_PASSWORD: '{vault://aws/migrator/password}',
  };
}

async function lookAndStop(running: RunningEntrypoint, { until, options }: Situation, look: () => void): Promise<void> {
  if (until === undefined) return;
  await running.waitForLine(until);
  look();
  const environ = readEnviron(running.pid).toString('latin1');
  assert.ok(
    !/MIGRATOR|vault:\/\/aws\/migrator|Unforgett/.test(environ),
    'the migrator is not in the environment of Kong',
  );
  const isPlain = holdsMark(environ);
  assert.equal(isPlain, options !== undefined, 'the environment of this process');
  running.signal('SIGTERM');
}

function holdsMark(text: string): boolean {
  return MARKS.some((mark) => text.includes(mark));
}
