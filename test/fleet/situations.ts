import type { Situation } from './situation.ts';
import { diskSituations } from './situations/disk.ts';
import { failoverSituations } from './situations/failover.ts';
import { neighbourSituations } from './situations/neighbours.ts';
import { poolerSituations } from './situations/pooler.ts';
import { serverSituations } from './situations/server.ts';
import { vanishedSituations } from './situations/vanished.ts';
import { silentSituations, wireSituations } from './situations/wire.ts';

/** The table of situations, part by part, in the order of the documentation. */
export const situations: Readonly<Record<string, readonly Situation[]>> = {
  'The server': [...serverSituations, ...diskSituations],
  'The connection': [...wireSituations, ...silentSituations],
  'A pooler': poolerSituations,
  'A node that vanishes': vanishedSituations,
  'A failover': failoverSituations,
  'Others in the same database': neighbourSituations,
};
