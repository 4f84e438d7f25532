import type { Log } from '../log.ts';
import { printDuration } from '../process/wait.ts';
import type { Target } from './target.ts';

/** The last line of a start. The runtime's clock began with the process, so the time is what the container waited for us. */
export function announceHandOver({ path, argv }: Target, log: Log): void {
  const words = argv[0] === path ? argv : [path, ...argv.slice(1)];
  log.info(`handing over to ${words.join(' ')} after ${printDuration(performance.now())}`);
}
