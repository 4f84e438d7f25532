import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { installStandInKong, type StandInKong } from '../world/stand-in-kong/stand-in-kong.ts';
import { effectsOf } from './native-effects.ts';
import { type NativeRow, nativeRows } from './native-rows.ts';
import { programs } from './programs.ts';

let folder: string;
let kong: StandInKong;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'native-'));
  kong = installStandInKong(join(folder, 'kong'));
});
after(() => {
  // Rows leave folders that nobody but root could empty.
  execFileSync('chmod', ['-R', 'u+rwX', folder]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Both starts have the same folder, so that every path is the same. */
function effects(words: readonly string[], row: NativeRow) {
  return effectsOf(words, row, kong, join(folder, 'files'));
}

for (const program of programs) {
  describe(`the ${program.name} starts natively with the effects of the image's script, given`, () => {
    for (const row of nativeRows) {
      test(row.given, async () => {
        const script = await effects([kong.entryScript], row);
        const native = await effects([...program.words, '--start', 'native'], row);
        const expected =
          typeof row.exitCode === 'object' ? row.exitCode : { script: row.exitCode ?? 0, native: row.exitCode ?? 0 };
        assert.equal(script.result.exitCode, expected.script, script.result.stderr);
        assert.equal(native.result.exitCode, expected.native, native.result.stderr);
        assert.deepEqual(native.seen, script.seen);
        assert.match(native.result.stderr, row.says ?? /^/);
      });
    }
  });
}
