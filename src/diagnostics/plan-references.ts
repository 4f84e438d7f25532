import { EntrypointError } from '../errors.ts';
import type { FoundReference } from '../references/find-references.ts';
import type { KnownSettings } from '../references/known-settings.ts';
import { type NeededFor, neededFor } from '../references/needed.ts';
import { printReference } from '../references/print-reference.ts';
import { parseReference } from '../references/reference.ts';
import type { SecretRequest } from '../references/secret-source.ts';
import { nameSetting } from '../settings/setting.ts';
import type { RequestForecast, Vaults } from '../vaults/open-vaults.ts';
import type { PlannedReference, PlannedRequest } from './plan.ts';

export type ReferencesInput = {
  readonly known: KnownSettings;
  readonly source: Vaults;
  /** What this start may dereference: the needed ones, and with `--handover values` all others too. */
  readonly steps: readonly NeededFor[];
  readonly isForHandOver: (found: FoundReference) => boolean;
  /** Whether the role that migrates has to know it: the name of a role that it grants something. */
  readonly isForGrants: (found: FoundReference) => boolean;
};

export type PlannedReferences = {
  readonly references: readonly PlannedReference[];
  readonly requests: readonly PlannedRequest[];
  readonly problems: readonly { readonly error: EntrypointError; readonly setting: string }[];
};

/** Which references there are, and which fetches bring them: references with equal requests share one. */
export async function planReferences(input: ReferencesInput): Promise<PlannedReferences> {
  const problems: { error: EntrypointError; setting: string }[] = [];
  const requests: SecretRequest[] = [];
  const references = input.known.references.map((found) => planReference(found, input, requests, problems));
  const forecasts = await Promise.all(requests.map((request) => input.source.forecast(request)));
  return { references, requests: forecasts.map(asRequest), problems };
}

function planReference(
  found: FoundReference,
  input: ReferencesInput,
  requests: SecretRequest[],
  problems: { error: EntrypointError; setting: string }[],
): PlannedReference {
  const setting = nameSetting(found.setting);
  const { known, source } = input;
  const use = useOf(found, input);
  const planned = { setting, reference: printReference(found.text), neededFor: use };
  if (use === 'nothing') return { ...planned, request: null, key: null };
  try {
    const reference = parseReference(found.text, known);
    const request = source.prepare(reference);
    return { ...planned, request: numberOf(request, requests), key: request.secretKey ?? null };
  } catch (error) {
    if (!(error instanceof EntrypointError)) throw error;
    problems.push({ error, setting });
    return { ...planned, request: null, key: null };
  }
}

function useOf(found: FoundReference, input: ReferencesInput): PlannedReference['neededFor'] {
  const needed = neededFor(found.setting.key, input.known.typed);
  if (input.steps.includes(needed)) return needed === 'login' ? 'connection' : needed;
  if (input.isForGrants(found)) return 'migrator';
  return input.isForHandOver(found) ? 'handover' : 'nothing';
}

/** The number of the request, from 1; a new one for what was not asked for yet. */
function numberOf(request: SecretRequest, requests: SecretRequest[]): number {
  const index = requests.findIndex(({ key }) => key === request.key);
  return index === -1 ? requests.push(request) : index + 1;
}

function asRequest(forecast: RequestForecast, index: number): PlannedRequest {
  return {
    number: index + 1,
    vault: forecast.vault,
    secret: forecast.name.secretId,
    secretVersion: forecast.name.version ?? null,
    endpoint: forecast.endpoint,
    region: forecast.region?.name ?? null,
    regionFrom: forecast.region?.origin ?? null,
    authentication: forecast.authentication,
    role: forecast.role ?? null,
    runsOut: forecast.runsOut ?? null,
  };
}
