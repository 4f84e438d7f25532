import { printDuration } from '../process/wait.ts';
import type { KongProgram } from './kong-migrations.ts';

/**
 * Says why every start has to ask Kong for the state of the schema, and how long this one took for it, in milliseconds. Nothing where the
 * operator wants it so.
 */
export function tellSlowPath(because: string, asked: number, { settings, world }: KongProgram): void {
  if (settings.fastPath === 'off') return;
  const cost = asked === 0 ? '' : `, which took ${printDuration(asked)} of this one`;
  world.log.info(`no fast path: ${because}; each start asks Kong${cost}`);
}
