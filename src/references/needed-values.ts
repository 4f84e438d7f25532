import type { Log } from '../log.ts';
import type { Phases } from '../process/phases.ts';
import { printDuration } from '../process/wait.ts';
import type { Secret } from '../secret.ts';
import { adminKeys } from '../settings/admin-settings.ts';
import type { KongSettings } from '../settings/kong-settings.ts';
import { nameSetting } from '../settings/setting.ts';
import { type DereferencedValues, type DereferenceOptions, dereference } from './dereference.ts';
import type { FoundReference } from './find-references.ts';
import { type NeededFor, selectNeeded } from './needed.ts';

/** Values that only say where the database is: they appear in messages, and are not masked. */
const notSecret = new Set<string>([
  'pg_user',
  'pg_host',
  'pg_database',
  'pg_schema',
  'pg_port',
  adminKeys.user,
  adminKeys.database,
]);

/** The values of references, fetched step by step as they are needed, and kept for this start. */
export type NeededValues = {
  has(step: NeededFor): boolean;
  /** Asks the vaults for all that these steps need, also for what is known already. */
  fetch(steps: readonly NeededFor[]): Promise<void>;
  /** Asks only for what is not known yet. */
  fetchMissing(steps: readonly NeededFor[]): Promise<void>;
  /** The values of just these, asking only for what is not known yet. */
  valuesOf(wanted: readonly FoundReference[]): Promise<DereferencedValues>;
  /** What is known by now. */
  values(): DereferencedValues;
  /** What is known by now, and needed for these steps. */
  valuesFor(steps: readonly NeededFor[]): DereferencedValues;
  secretValues(): Secret[];
};

export function createNeededValues(
  references: readonly FoundReference[],
  typed: KongSettings,
  options: DereferenceOptions & { readonly log: Log; readonly phases: Phases },
): NeededValues {
  const known = new Map<FoundReference, Secret>();

  async function ask(wanted: readonly FoundReference[]): Promise<void> {
    for (const [found, secret] of await dereferenceAloud(wanted, options)) known.set(found, secret);
  }

  function askMissing(wanted: readonly FoundReference[]): Promise<void> {
    return ask(wanted.filter((found) => !known.has(found)));
  }

  function knownOf(wanted: readonly FoundReference[]): DereferencedValues {
    return new Map([...known].filter(([found]) => wanted.includes(found)));
  }

  return {
    has: (step) => selectNeeded(references, typed, [step]).length > 0,
    fetch: (steps) => ask(selectNeeded(references, typed, steps)),
    fetchMissing: (steps) => askMissing(selectNeeded(references, typed, steps)),
    async valuesOf(wanted) {
      await askMissing(wanted);
      return knownOf(wanted);
    },
    values: () => known,
    valuesFor: (steps) => knownOf(selectNeeded(references, typed, steps)),
    secretValues: () => [...known].flatMap(([{ setting }, secret]) => (notSecret.has(setting.key) ? [] : [secret])),
  };
}

/** Dereferences, and says in one line what was asked of whom and how long it took. Asked for nothing, it says nothing. */
async function dereferenceAloud(
  references: readonly FoundReference[],
  options: DereferenceOptions & { readonly log: Log; readonly phases: Phases },
): Promise<DereferencedValues> {
  if (references.length === 0) return new Map();
  const started = performance.now();
  const { values, fetches } = await options.phases.measure('references', () => dereference(references, options));
  const names = [...new Set(references.map(({ setting }) => nameSetting(setting)))].join(', ');
  const vaults = [...new Set(fetches.map(({ vault }) => vault))].join(', ');
  const took = printDuration(performance.now() - started);
  const asked = `${count(references.length, 'reference')} (${names}), ${count(fetches.length, 'secret')}`;
  options.log.info(`${asked} from ${vaults} in ${took}`);
  return values;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
