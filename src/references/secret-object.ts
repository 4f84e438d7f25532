import { SecretContentError } from '../errors.ts';
import { printable, shorten } from '../log.ts';
import { printLuaNumber } from '../settings/lua-number.ts';
import { type CjsonValue, decodeCjson, JsonSyntaxError } from './cjson.ts';

const KEYS_NAMED = 10;
const KEY_LENGTH_NAMED = 64;
/** Kong keeps this value in its cache for "there is none", and so cannot hold it as a secret (pdk/vault.lua). */
const NO_VALUE = '\0';

/** A secret that its vault answers as fields of a JSON object: what `JSON.parse` gives of each. */
export type SecretObject = Readonly<Record<string, unknown>>;

/**
 * The value of one key of a secret that is a JSON object, or its text; without a key the whole secret as text.
 * Throws SecretContentError if the secret is not a JSON object, has no such key, or has something else than a string
 * there (Kong 3.4 to 3.9, pdk/vault.lua). Neither sentence nor hint says anything of a value but its JSON type.
 */
export function readSecretKey(secret: string | SecretObject, secretKey: string | null | undefined): string {
  const value = secretKey === null || secretKey === undefined ? textOf(secret) : lookUp(secret, secretKey);
  if (value !== NO_VALUE) return value;
  throw new SecretContentError('the vault holds something that Kong does not accept as a value', {
    hint: 'store the value again, as a non-empty string',
    kongMessage: 'could not get value from external vault (nil)',
  });
}

function textOf(secret: string | SecretObject): string {
  return typeof secret === 'string' ? secret : JSON.stringify(secret);
}

function lookUp(secret: string | SecretObject, secretKey: string): string {
  const fields = typeof secret === 'string' ? decode(secret, secretKey) : new Map(Object.entries(secret));
  if (!(fields instanceof Map)) throw noObject(fields, secretKey);
  const value: unknown = fields.get(secretKey);
  if (value === undefined) {
    throw unusable(`secret key ${quote(secretKey)} not found`, nameKeys([...fields.keys()]), missing(secretKey));
  }
  if (typeof value === 'string' && value.isWellFormed()) return value;
  if (typeof value === 'string') throw noObject(undefined, secretKey);
  const sentence = `the value of secret key ${quote(secretKey)} is ${jsonType(value)}, and Kong takes only strings`;
  const kongReason = `unexpected ${luaType(value)} value in JSON secret for subfield ${secretKey}`;
  throw unusable(sentence, 'store it as a JSON string, in double quotes', kongReason);
}

function decode(secretString: string, secretKey: string): CjsonValue {
  try {
    return decodeCjson(secretString);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw noObject(undefined, secretKey);
    throw error;
  }
}

/** The secret is not JSON at all (undefined), or JSON of another kind. Lua finds no key in an array, and says so. */
function noObject(secret: CjsonValue | undefined, secretKey: string): SecretContentError {
  const sentence = `the secret is not a JSON object, so it has no secret key ${quote(secretKey)}`;
  const hint = 'to use the whole secret, end the reference with a slash: {vault://<backend>/<secret>/}';
  return unusable(sentence, hint, Array.isArray(secret) ? missing(secretKey) : notDecoded(secret));
}

function missing(secretKey: string): string {
  return `subfield ${secretKey} not found in JSON secret`;
}

function notDecoded(secret: CjsonValue | undefined): string {
  if (secret === undefined) return 'unable to json decode value (nil): not JSON';
  const text =
    secret === null ? 'userdata: NULL' : typeof secret === 'number' ? printLuaNumber(secret) : String(secret);
  return `unable to json decode value (${text}): nil`;
}

function unusable(sentence: string, hint: string, kongReason: string): SecretContentError {
  return new SecretContentError(sentence, {
    hint,
    kongMessage: `could not get value from external vault (could not get subfield value: ${kongReason})`,
  });
}

function nameKeys(keys: readonly string[]): string {
  if (keys.length === 0) return 'the secret has no keys';
  const named = keys.toSorted().slice(0, KEYS_NAMED).map(nameKey).join(', ');
  const more = keys.length - KEYS_NAMED;
  return `the secret has the key${keys.length === 1 ? '' : 's'} ${named}${more > 0 ? ` and ${more} more` : ''}`;
}

function quote(key: string): string {
  return `"${nameKey(key)}"`;
}

function nameKey(key: string): string {
  return printable(shorten(key, KEY_LENGTH_NAMED));
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function luaType(value: unknown): string {
  if (value === null) return 'userdata';
  return typeof value === 'object' ? 'table' : typeof value;
}
