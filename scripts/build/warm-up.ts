import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import sea from 'node:sea';
import vm from 'node:vm';

/*
 * Runs the loader under plain Node, as the binary would, and writes the code cache of each part that was loaded when the start reaches its
 * hand-over: node warm-up.ts LOADER FOLDER [OPTIONS] COMMAND...
 * A program of its own, since a start ends the process that it is in.
 */
const [loader = '', folder = ''] = process.argv.splice(2, 2);
const require = createRequire(loader);
const scripts = new Map<string, vm.Script>();

/** What the loader asks for, with the parts read from the folder, and each script noted. */
class NotedScript extends vm.Script {
  constructor(code: string, options: vm.ScriptOptions) {
    super(code, options);
    scripts.set(String(options.filename).replace('/kong-entrypoint/', ''), this);
  }
}
const standIns = new Map<string, object>([
  ['node:sea', { ...sea, getRawAsset: (name: string) => readFileSync(join(folder, name)) }],
  ['node:vm', { Script: NotedScript }],
]);

process.execve = () => {
  for (const [part, script] of scripts) writeFileSync(join(folder, `${part}.cache`), script.createCachedData());
  process.exit(0);
};

const run = vm.runInThisContext(`(function(require){${readFileSync(loader, 'utf8')}\n})`, { filename: loader });
run((id: string) => standIns.get(id) ?? require(id));
