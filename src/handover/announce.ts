import type { Log } from '../log.ts';
import type { Phases } from '../process/phases.ts';
import { printDuration } from '../process/wait.ts';
import type { HandOver } from './replace-process.ts';

/** The last lines of a start. The runtime's clock began with the process, so the time is what the container waited for us. */
export function announceHandOver(
  { path, argv }: HandOver,
  way: string | undefined,
  { log, phases }: { readonly log: Log; readonly phases: Phases },
): void {
  const words = argv[0] === path ? argv : [path, ...argv.slice(1)];
  const total = performance.now();
  log.info(`handing over to ${words.join(' ')} after ${printDuration(total)}${way === undefined ? '' : ` (${way})`}`);
  const took = {
    references: Math.round(phases.took('references')),
    database: Math.round(phases.took('database')),
    migrations: Math.round(phases.took('migrations')),
  };
  const parts = Object.entries(took).map(([phase, milliseconds]) => `${phase} ${milliseconds}`);
  log.info(`ready in ${Math.round(total)} ms: ${parts.join(', ')}`, { ...took, total: Math.round(total) });
  const { idle } = performance.eventLoopUtilization();
  log.debug(`for ${idle.toFixed(1)} of ${total.toFixed(1)} ms this process had nothing to do but wait for answers`);
}
