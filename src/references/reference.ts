import { SettingError } from '../errors.ts';
import { isKongBefore } from '../settings/kong-version.ts';
import { parseLuaNumber, printShortestNumber } from '../settings/lua-number.ts';
import { isReference } from '../settings/setting-value.ts';
import { decodeForm, decodePercent, fromBytes, toBytes } from './percent-decoding.ts';
import { printReference } from './print-reference.ts';
import { parseQuery, type ReferenceOptions } from './query.ts';

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

/**
 * Cuts a vault reference in luasocket's order (url.lua, parse, as Kong 2.8 to 3.9 ships it): the fragment at the first
 * `#`, the authority at the first `/`, so that a `?` before it belongs to the host, the query at the first `?`,
 * and what follows the first `;` is dropped. The path is empty, or begins with a slash.
 */
function splitReference(text: string) {
  const [url, fragment] = cutAt(text.slice('{vault://'.length, -1), '#');
  const slash = url.indexOf('/');
  const authority = slash === -1 ? url : url.slice(0, slash);
  const [beforeQuery, query = ''] = cutAt(url.slice(authority.length), '?');
  const [path] = cutAt(beforeQuery, ';');
  return { host: hostOf(authority), path, query, fragment };
}

function cutAt(text: string, mark: string): [before: string, after: string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + mark.length)];
}

/** Without `user@` up to the first `@`, without the port after the last `:`, out of its brackets. */
function hostOf(authority: string): string {
  const named = authority.slice(authority.indexOf('@') + 1);
  const colon = named.lastIndexOf(':');
  const host = colon === -1 || named.includes(']', colon) ? named : named.slice(0, colon);
  return host.length > 2 && host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
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
