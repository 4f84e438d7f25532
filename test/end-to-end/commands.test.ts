import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type EntrypointResult, spawnEntrypoint } from '../world/kong-entrypoint.ts';
import { KONG_PASSWORD } from '../world/world.ts';
import { type CommandRow, commandRows } from './command-rows.ts';
import {
  askedByEntrypoint,
  createHowTo,
  type HowTo,
  ONE_CALL,
  REFERENCES,
  startOf,
  type Variables,
} from './how-to-start.ts';
import { withKongThat, writeProgram } from './kong-that.ts';
import { programs } from './programs.ts';

let howTo: HowTo;
let environment: Variables;
before(async () => {
  howTo = await createHowTo();
});
after(() => howTo.close());
beforeEach(async () => {
  environment = withKongThat(howTo.world, await howTo.freshEnvironment(), { otherwise: BECAME });
  const script = writeProgram(join(howTo.world.folder, 'script.sh'), `#!/bin/sh\n${BECAME}\n`);
  environment = { ...environment, KONG_ENTRYPOINT_PROGRAM: script };
});

/** Says in one line what it is, what it was told, and which password it got. */
const BECAME = 'echo "became $(basename "$0") $* with $KONG_PG_PASSWORD"; exit 7';
const passwords = { references: REFERENCES.KONG_PG_PASSWORD, values: KONG_PASSWORD } as const;

for (const program of programs) {
  describe(`the ${program.name}`, () => {
    for (const row of commandRows) {
      test(titleOf(row), async () => {
        const { words, variables, children, becomes } = prepare(row);
        const running = await spawnEntrypoint(startOf(program, words, variables));
        const result = await running.finished;
        const record = howTo.world.kong.record().filter(({ pid }) => pid !== running.pid);
        assert.deepEqual(
          record.map(({ arguments: args }) => args.join(' ')),
          children,
          result.stderr,
        );
        assert.equal(becameOf(running.pid, result), becomes);
        assert.equal(result.exitCode, row.exitCode === undefined ? 7 : row.exitCode, result.stderr);
        const asks = children.length > 0 || row.gets === 'values';
        assert.deepEqual(askedByEntrypoint(howTo.vault), asks ? ONE_CALL : []);
        assert.deepEqual(running.processesLeft(), []);
      });
    }
  });
}

function titleOf({ words, given }: CommandRow): string {
  const command = words.join(' ').replaceAll('FOLDER/', '') || 'nothing';
  return given === undefined ? command : `${command}, given ${given}`;
}

/** Writes the files that the row needs, and puts their folder where it is named. */
function prepare({ words, variables = {}, files = {}, children = [], becomes, gets = 'references' }: CommandRow) {
  const folder = join(howTo.world.folder, 'files');
  for (const [name, text] of Object.entries(files)) writeProgram(join(folder, name), text);
  const place = (text: string): string => text.replaceAll('FOLDER', folder);
  const placed = Object.entries(variables).map(([name, text]) => [name, place(text)]);
  return {
    words: words.map(place),
    variables: { ...environment, ...Object.fromEntries(placed) },
    children: children.map((step) => `${place(step)} --db-timeout 3600`),
    becomes: becomes === undefined ? undefined : `${place(becomes)} with ${passwords[gets]}`,
  };
}

/** What this process was in the end: it says so, or the stand-in's migrations recorded it under its PID. */
function becameOf(pid: number, { stdout }: EntrypointResult): string | undefined {
  const recorded = howTo.world.kong.record().find((invocation) => invocation.pid === pid);
  if (recorded === undefined) return /^became (.*)$/m.exec(stdout)?.[1];
  return `kong ${recorded.arguments.join(' ')} with ${recorded.environment['KONG_PG_PASSWORD'] ?? ''}`;
}
