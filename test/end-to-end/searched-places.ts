import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesUnder, readPathAndFile } from '../world/files-under.ts';
import { listProcesses } from '../world/processes.ts';

/** Where a value could get out: files and command lines. Each finding is a place that holds one of the marks. */
export type Search = {
  /** Looks at the files as they are now: those under the folder, and all that came to the temporary folder since. */
  lookAtFiles(): void;
  /** Ends the watch over the command lines. */
  stop(): void;
  findings(): string[];
};

const WATCH_EVERY = 15;

/** Begins to watch; `except` is a folder that is not looked into. */
export function searchFor(marks: readonly string[], folder: string, except: string): Search {
  const found = new Set<string>();
  const before = new Set(readdirSync(tmpdir()));
  const holds = (text: string): boolean => marks.some((mark) => text.includes(mark));

  function lookAtCommandLines(): void {
    for (const { commandLine } of listProcesses()) {
      if (holds(commandLine.join(' '))) found.add(`the command line of ${commandLine[0]}`);
    }
  }

  const watch = setInterval(lookAtCommandLines, WATCH_EVERY);
  return {
    lookAtFiles() {
      const fresh = readdirSync(tmpdir()).filter((name) => !before.has(name));
      for (const path of [folder, ...fresh.map((name) => join(tmpdir(), name))]) {
        for (const file of filesUnder(path, [except])) if (holds(readPathAndFile(file))) found.add(file);
      }
    },
    stop: () => clearInterval(watch),
    findings: () => [...found],
  };
}
