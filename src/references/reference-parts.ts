/** The parts of a reference, as written. The port and the user are gone: Kong drops them. */
export type ReferenceParts = {
  readonly host: string;
  /** Empty, or begins with a slash. */
  readonly path: string;
  readonly query: string;
  readonly fragment: string | undefined;
};

/**
 * Cuts a vault reference in luasocket's order (url.lua, parse, as Kong 2.8 to 3.9 ships it): the fragment at the first
 * `#`, the authority at the first `/`, so that a `?` before it belongs to the host, the query at the first `?`,
 * and what follows the first `;` is dropped.
 */
export function splitReference(text: string): ReferenceParts {
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
