import { concerning, EntrypointError, throwTogether } from '../errors.ts';
import { inParallel } from '../process/in-parallel.ts';
import type { Secret } from '../secret.ts';
import { nameSetting } from '../settings/setting.ts';
import type { FoundReference } from './find-references.ts';
import { printReference } from './print-reference.ts';
import { parseReference, type VaultReference } from './reference.ts';
import type { SecretRequest, SecretSource } from './secret-source.ts';
import { readSecretValue } from './secret-value.ts';

/** The values of references, as Secrets. */
export type DereferencedValues = ReadonlyMap<FoundReference, Secret>;

export type DereferenceOptions = {
  readonly source: SecretSource;
  readonly kongVersion: string | undefined;
  /** Whether Kong itself will dereference these again, and send a stray newline to PostgreSQL. */
  readonly kongDereferences: boolean;
  /** Aborted when the start is stopped or its time is up; its reason then is what is thrown. */
  readonly signal: AbortSignal;
};

/** What was asked and how often, for the line that says so. */
export type Dereferenced = { readonly values: DereferencedValues; readonly fetches: readonly SecretRequest[] };

const MOST_AT_ONCE = 8;

type Asked = { readonly found: FoundReference; readonly reference: VaultReference; readonly request: SecretRequest };

/**
 * Dereferences all of them: one fetch for each secret, different ones in parallel. Every failure is found before any is thrown;
 * an error names its settings and references, never a value.
 */
export async function dereference(
  found: readonly FoundReference[],
  options: DereferenceOptions,
): Promise<Dereferenced> {
  const errors: EntrypointError[] = [];
  const asked = found.flatMap((one) => attempt(errors, [one], () => [prepare(one, options)]) ?? []);
  const groups = Map.groupBy(asked, ({ request }) => request.key);
  const values = new Map<FoundReference, Secret>();
  await inParallel([...groups.values()], MOST_AT_ONCE, async (group) => {
    const secret = await fetchFor(group, options, errors);
    if (secret === undefined) return;
    for (const { found: one, reference, request } of group) {
      const value = attempt(errors, [one], () =>
        readSecretValue(secret, { found: one, reference, request, ...options }),
      );
      if (value !== undefined) values.set(one, value);
    }
  });
  options.signal.throwIfAborted();
  throwTogether(errors);
  return { values, fetches: [...groups.values()].flatMap(([first]) => (first === undefined ? [] : [first.request])) };
}

function prepare(found: FoundReference, { source, kongVersion }: DereferenceOptions): Asked {
  const reference = parseReference(found.text, { kongVersion });
  return { found, reference, request: source.prepare(reference) };
}

async function fetchFor(
  group: readonly Asked[],
  options: DereferenceOptions,
  errors: EntrypointError[],
): Promise<Secret | undefined> {
  const [first] = group;
  if (first === undefined) return undefined;
  try {
    return await options.source.fetch(first.request);
  } catch (error) {
    errors.push(
      naming(
        error,
        group.map(({ found }) => found),
      ),
    );
    return undefined;
  }
}

function attempt<T>(errors: EntrypointError[], found: readonly FoundReference[], act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    errors.push(naming(error, found));
    return undefined;
  }
}

/** The error with the settings that it concerns, and the references if it does not name them yet. An unknown error is a bug. */
function naming(error: unknown, found: readonly FoundReference[]): EntrypointError {
  if (!(error instanceof EntrypointError)) throw error;
  const references = found.map(({ text }) => printReference(text)).filter((text) => !error.message.includes(text));
  const where = [...new Set(references)].join(', ');
  const joint = error.message.endsWith('not found') ? ' in ' : ': ';
  const message = where === '' ? error.message : `${error.message}${joint}${where}`;
  return concerning(error, [...new Set(found.map(({ setting }) => nameSetting(setting)))].join(', '), message);
}
