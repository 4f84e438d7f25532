import { SettingError } from '../errors.ts';
import { isKongBefore } from '../settings/kong-version.ts';
import { parseLuaNumber, printShortestNumber } from '../settings/lua-number.ts';
import { isReference } from '../settings/setting-value.ts';
import { decodeForm, decodePercent, fromBytes, toBytes } from './percent-decoding.ts';
import { printReference } from './print-reference.ts';
import { parseQuery, type ReferenceOptions } from './query.ts';
import { splitReference } from './reference-parts.ts';

export { isReference };

/** A vault reference, taken apart. What it does not have is absent. */
export type VaultReference = {
  /** The host: a backend's name such as `aws`, or the prefix of a Vault entity. Case matters. */
  readonly vaultPrefix: string;
  readonly secretId: string;
  readonly secretKey?: string;
  readonly options?: ReferenceOptions;
  /** The number after `#` as its shortest text: `1`, `0.5`, `inf`. */
  readonly version?: string;
};

export type ReferenceDialect = {
  /** Before Kong 3.8 a slash at the end means nothing. Unset: the newest. */
  readonly kongVersion?: string | undefined;
};

/**
 * Takes a vault reference apart as Kong does (pdk/vault.lua, parse_reference, with luasocket's url.parse).
 * Throws SettingError; its `kongMessage` is Kong's text. `new URL()` would read most of this differently.
 */
export function parseReference(text: string, { kongVersion }: ReferenceDialect = {}): VaultReference {
  if (!isReference(text)) throw malformed(text, 'not a reference', 'not a vault reference');
  const { host, path, query, fragment } = splitReference(text);
  if (host === '') throw malformed(text, 'reference url is missing host', 'no vault backend is named in', backendHint);
  if (path === '') throw malformed(text, 'reference url is missing path', 'no secret is named in');
  if (path === '/') throw malformed(text, 'reference url has empty path', 'no secret is named in');
  const version = readVersion(text, fragment);
  const segments = decodeSegments(path);
  if (segments.length === 0) throw malformed(text, 'reference url has invalid path', 'the path is only slashes in');
  const isWholeSecret = segments.length === 1 || (path.endsWith('/') && !isKongBefore(kongVersion, 3, 8));
  const secretKey = isWholeSecret ? undefined : segments.pop();
  const options = parseQuery(query);
  return {
    vaultPrefix: host,
    secretId: segments.join('/'),
    ...(secretKey !== undefined && { secretKey }),
    ...(options !== undefined && { options }),
    ...(version !== undefined && { version }),
  };
}

function readVersion(text: string, fragment: string | undefined): string | undefined {
  if (fragment === undefined) return undefined;
  const version = parseLuaNumber(fragment);
  if (version !== undefined) return printShortestNumber(version);
  throw malformed(text, 'reference url has invalid version', 'what follows the # is not a number in', versionHint);
}

/** Decoded twice: by luasocket's url.parse_path, then by `ngx.unescape_uri`. So a `+` in a name is `%252B`. */
function decodeSegments(path: string): string[] {
  const segments = toBytes(path).split('/');
  return segments.filter((segment) => segment !== '').map((segment) => fromBytes(decodeForm(decodePercent(segment))));
}

const pathHint = 'write {vault://<backend>/<secret>/<key>}, as in {vault://aws/kong-gateway-database/pg_password}';
const backendHint = 'name the backend after {vault://, as in {vault://aws/kong-gateway-database/pg_password}';
const versionHint = 'options go before the version: {vault://<backend>/<secret>/<key>?<option>=<value>#2}';

function malformed(text: string, kongMessage: string, sentence: string, hint = pathHint): SettingError {
  const message = isReference(text) ? `${sentence} ${printReference(text)}` : sentence;
  return new SettingError(message, { hint, kongMessage: `${kongMessage} [${text}]` });
}
