import { concerning, EntrypointError, throwTogether, UnavailableError } from '../errors.ts';
import { inParallel } from '../process/in-parallel.ts';
import type { Secret } from '../secret.ts';
import { nameSetting } from '../settings/setting.ts';
import type { FoundReference } from './find-references.ts';
import type { DereferencedValues } from './known-settings.ts';
import { printReference } from './print-reference.ts';
import { parseReference } from './reference.ts';
import type { SecretRequest, SecretSource, WholeSecret } from './secret-source.ts';
import { readSecretValue } from './secret-value.ts';

export type DereferenceOptions = {
  readonly source: SecretSource;
  readonly kongVersion: string | undefined;
  /** With `references` Kong itself will dereference these again, and send a stray newline to PostgreSQL. */
  readonly handover: 'references' | 'values';
  /** Aborted when the start is stopped or its time is up; its reason then is what is thrown. */
  readonly signal: AbortSignal;
};

/** The values, and the fetches that brought them, for the line of the log. */
export type Dereferenced = { readonly values: DereferencedValues; readonly fetches: readonly SecretRequest[] };

const MOST_AT_ONCE = 8;

type Asked = { readonly found: FoundReference; readonly request: SecretRequest };

/** What went wrong, and for which references. */
type Failure = { readonly error: EntrypointError; readonly found: readonly FoundReference[] };

/**
 * Dereferences all of them: one fetch for each secret, different ones in parallel. Every failure is found before any is thrown;
 * an error names its settings and references, never a value.
 */
export async function dereference(
  found: readonly FoundReference[],
  options: DereferenceOptions,
): Promise<Dereferenced> {
  const failures: Failure[] = [];
  const asked = found.flatMap((one) => attempt(failures, one, () => [prepare(one, options)]) ?? []);
  const groups = [...Map.groupBy(asked, ({ request }) => request.key).values()];
  const values = new Map<FoundReference, Secret>();
  await inParallel(groups, MOST_AT_ONCE, async (group) => {
    const secret = await fetchFor(group, options, failures);
    if (secret === undefined) return;
    for (const { found: one, request } of group) {
      const value = attempt(failures, one, () => readSecretValue(secret, { found: one, request, ...options }));
      if (value !== undefined) values.set(one, value);
    }
  });
  if (!(options.signal.reason instanceof UnavailableError)) options.signal.throwIfAborted();
  throwTogether(joinAlike(failures).map(naming));
  return { values, fetches: groups.flatMap(([first]) => (first === undefined ? [] : [first.request])) };
}

function prepare(found: FoundReference, { source, kongVersion }: DereferenceOptions): Asked {
  const reference = parseReference(found.text, { kongVersion });
  return { found, request: source.prepare(reference) };
}

async function fetchFor(
  group: readonly Asked[],
  { source, signal }: DereferenceOptions,
  failures: Failure[],
): Promise<WholeSecret | undefined> {
  const [first] = group;
  if (first === undefined) return undefined;
  try {
    return await source.fetch(first.request);
  } catch (error) {
    const told = error === signal.reason && error instanceof UnavailableError ? noAnswer(first.request, error) : error;
    failures.push({ error: known(told), found: group.map(({ found }) => found) });
    return undefined;
  }
}

/** The time for all waiting is up, and the operator has to know which vault had not answered. */
function noAnswer({ vault }: SecretRequest, cause: UnavailableError): UnavailableError {
  return new UnavailableError(`the ${vault} vault did not answer before the time for all waiting ran out`, {
    hint: 'check the route to the vault (endpoint, proxy, security group); KONG_ENTRYPOINT_TIMEOUT limits all waiting together',
    cause,
  });
}

function attempt<T>(failures: Failure[], found: FoundReference, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    failures.push({ error: known(error), found: [found] });
    return undefined;
  }
}

/** Any error that was not written for an operator is a bug, and ends the start as one. */
function known(error: unknown): EntrypointError {
  if (error instanceof EntrypointError) return error;
  throw error;
}

/** One failure where several references met the same, such as a vault that is not enabled. */
function joinAlike(failures: readonly Failure[]): Failure[] {
  const alike = Map.groupBy(
    failures,
    ({ error }) => `${error.name}\n${error.subject}\n${error.message}\n${error.hint}`,
  );
  return [...alike.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [{ error: first.error, found: [first, ...more].flatMap(({ found }) => found) }],
  );
}

/** The error with the settings that it concerns, and the references if it does not name them yet. */
function naming({ error, found }: Failure): EntrypointError {
  const references = found.map(({ text }) => printReference(text)).filter((text) => !error.message.includes(text));
  const where = [...new Set(references)].join(', ');
  const joint = error.message.endsWith('not found') ? ' in ' : ': ';
  const message = where === '' ? error.message : `${error.message}${joint}${where}`;
  return concerning(error, [...new Set(found.map(({ setting }) => nameSetting(setting)))].join(', '), message);
}
