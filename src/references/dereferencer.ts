import type { Log } from '../log.ts';
import type { Phases } from '../process/phases.ts';
import { printDuration } from '../process/wait.ts';
import { nameSetting } from '../settings/setting.ts';
import { asMigrator } from './as-migrator.ts';
import { type DereferenceOptions, dereference } from './dereference.ts';
import type { FoundReference } from './find-references.ts';
import type { DereferencedValues, KnownSettings } from './known-settings.ts';
import type { NeededFor } from './needed.ts';

/** Dereferences what each step of this start needs, and keeps the settings with every value known so far. */
export type Dereferencer = {
  /** The settings as they are known now. */
  readonly known: KnownSettings;
  /** Asks the vaults for everything that these steps need, even where it is already known. */
  fetch(steps: readonly NeededFor[]): Promise<KnownSettings>;
  /** Asks only for what is not known yet. */
  fetchMissing(steps: readonly NeededFor[]): Promise<KnownSettings>;
  /** The same for just these references. */
  fetchThese(wanted: readonly FoundReference[]): Promise<KnownSettings>;
};

export type DereferencerOptions = Omit<DereferenceOptions, 'kongVersion'> & {
  readonly log: Log;
  readonly phases: Phases;
};

/** One for each role that may log in to the database. They share every value; where there is no migrator they are alike. */
export type Dereferencers = { readonly kong: Dereferencer; readonly migrator: Dereferencer };

export function createDereferencers(given: KnownSettings, options: DereferencerOptions): Dereferencers {
  let known = given;

  async function ask(wanted: readonly FoundReference[]): Promise<void> {
    const values = await dereferenceAloud(wanted, { ...options, kongVersion: known.kongVersion });
    known = known.with(values);
  }

  function seenBy(role: (known: KnownSettings) => KnownSettings): Dereferencer {
    const missing = (wanted: readonly FoundReference[]) => wanted.filter((found) => !known.values.has(found));
    const fetch = async (wanted: readonly FoundReference[]): Promise<KnownSettings> => {
      await ask(wanted);
      return role(known);
    };
    return {
      get known() {
        return role(known);
      },
      fetch: (steps) => fetch(known.neededFor(steps)),
      fetchMissing: (steps) => fetch(missing(known.neededFor(steps))),
      fetchThese: (wanted) => fetch(missing(wanted)),
    };
  }

  return { kong: seenBy((all) => all), migrator: seenBy(asMigrator) };
}

/** Dereferences, and logs one line: which references, which vaults, how long. With no references it logs nothing. */
async function dereferenceAloud(
  references: readonly FoundReference[],
  options: DereferencerOptions & DereferenceOptions,
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
