import { isAtLeast, type Knobs } from '../knobs.ts';
import { KongError } from './output.ts';
import { listSetting, type Settings } from './settings.ts';

type Reference = {
  readonly backend: string;
  readonly id: string;
  readonly key: string | undefined;
  readonly version: string | undefined;
};

/** Fetches the secret string of an aws reference; absent where this Kong has no such backend. */
export type AwsBackend = (id: string, stage: string, settings: Settings) => Promise<string>;

export type Dereferencing = {
  readonly knobs: Knobs;
  readonly environment: Readonly<Record<string, string>>;
  readonly aws: AwsBackend | undefined;
};

export function isReference(text: string): boolean {
  return text.startsWith('{vault://') && text.endsWith('}');
}

/** All settings with their values, for `start`: a reference that cannot be dereferenced stops it. */
export async function dereferenceAll(settings: Settings, means: Dereferencing): Promise<Settings> {
  const effective = new Map(settings);
  for (const [key, text] of settings) {
    if (!isReference(text)) continue;
    effective.set(
      key,
      await dereferenceOne(text, settings, means).catch((error: Error) => {
        throw new KongError(`failed to dereference '${text}': ${error.message} for config option '${key}'`);
      }),
    );
  }
  return effective;
}

/**
 * For every other command: what cannot be dereferenced stays as it is, in silence. From 3.4.1 the credentials of the
 * database are blanked then; in 3.3 and 3.4.0 the text of the reference itself goes to the server; before, it is an error.
 */
export async function dereferenceWhatCan(settings: Settings, means: Dereferencing): Promise<Settings> {
  const { version, migrationsDereference } = means.knobs;
  if (!isAtLeast(version, [3, 3, 0])) return dereferenceAll(settings, { ...means, aws: undefined });
  const able = migrationsDereference ? means : { ...means, aws: undefined };
  const effective = new Map(settings);
  for (const [key, text] of settings) {
    if (!isReference(text)) continue;
    const value = await dereferenceOne(text, settings, able).catch(() => undefined);
    effective.set(key, value ?? leftOver(key, text, version));
  }
  return effective;
}

function leftOver(key: string, text: string, version: string): string {
  const credential = key === 'pg_user' || key === 'pg_password';
  return credential && isAtLeast(version, [3, 4, 1]) ? '' : text;
}

/** One reference by itself, as `kong vault get` takes it. */
export async function dereferenceOne(text: string, settings: Settings, means: Dereferencing): Promise<string> {
  const reference = parse(text);
  if (!hasBackend(reference.backend, settings)) throw new Error(`vault not found (${reference.backend}) [${text}]`);
  if (reference.backend === 'env') return subfield(fromEnvironment(reference, settings, means.environment), reference);
  if (reference.backend !== 'aws' || means.aws === undefined) {
    throw new Error(`could not find vault (${reference.backend}) [${text}]`);
  }
  const stage = reference.version === '2' ? 'AWSPREVIOUS' : 'AWSCURRENT';
  return subfield(await means.aws(reference.id, stage, settings), reference);
}

function hasBackend(name: string, settings: Settings): boolean {
  const vaults = listSetting(settings, 'vaults');
  return vaults.includes('bundled') || vaults.includes(name);
}

/** Plain references only, as the tests of a start need them; the exact grammar is not the stand-in's business. */
function parse(text: string): Reference {
  const url = /^\{vault:\/\/([^/]+)\/+([^?#;]*)[^#]*(?:#(.*))?\}$/.exec(text);
  const segments = (url?.[2] ?? '')
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeURIComponent);
  const backend = url?.[1];
  if (backend === undefined || segments.length === 0) throw new Error(`reference is malformed [${text}]`);
  const key = segments.length > 1 ? segments.at(-1) : undefined;
  const id = (key === undefined ? segments : segments.slice(0, -1)).join('/');
  return { backend, id, key, version: url?.[3] };
}

function fromEnvironment(
  reference: Reference,
  settings: Settings,
  environment: Readonly<Record<string, string>>,
): string {
  const prefix = settings.get('vault_env_prefix') ?? '';
  const name = `${prefix}${reference.id}`.toUpperCase().replaceAll('-', '_');
  const value = environment[reference.version === '2' ? `${name}_PREVIOUS` : name];
  if (value === undefined) throw new Error('unable to load value from environment variable');
  return value;
}

function subfield(secret: string, reference: Reference): string {
  if (reference.key === undefined) return secret;
  const parsed: unknown = JSON.parse(secret);
  const value =
    typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>)[reference.key] : undefined;
  if (typeof value !== 'string') throw new Error(`subfield ${reference.key} not found in JSON secret`);
  return value;
}
