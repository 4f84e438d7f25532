import { shorten } from '../log.ts';
import { decodeForm, fromBytes, toBytes } from './percent-decoding.ts';

const LONGEST_PRINTED = 300;
const HIDDEN = '***';
const credentialName = /token|secret|passw|pwd|key|credential|private|signature/i;
const userOfUrl = /:\/\/[^/]*@/;

/**
 * A vault reference as an error or a plan may show it: without its `user:password@`, and without the values of options
 * whose names sound like credentials, and cut where it is too long. A text that is not a reference may be a password, so none of it is shown.
 */
export function printReference(text: string): string {
  const inner = /^\{vault:\/\/(.*)\}$/s.exec(text)?.[1];
  if (inner === undefined) return '[not a vault reference]';
  const slash = inner.search(/[/#]/);
  const authority = slash === -1 ? inner : inner.slice(0, slash);
  return `{vault://${shorten(`${printAuthority(authority)}${printTail(inner.slice(authority.length))}`, LONGEST_PRINTED)}}`;
}

/** An `@` may be part of a password, so the last one counts here. A `?` in a host is an option in the wrong place. */
function printAuthority(authority: string): string {
  const at = authority.lastIndexOf('@');
  const host = printTail(authority.slice(at + 1));
  return at === -1 ? host : `${HIDDEN}@${host}`;
}

/** What follows a `?` or a `#`: options, even where Kong would not look for them. */
function printTail(tail: string): string {
  const start = tail.search(/[?#]/);
  if (start === -1) return tail;
  let isHidden = false;
  const options = tail.slice(start).replace(/([?&;#])([^=&;#?]*)=([^&#]*)/g, (pair, mark, name, value) => {
    if (!isCredential(name, value)) return pair;
    isHidden = true;
    return `${mark}${name}=${HIDDEN}`;
  });
  return tail.slice(0, start) + (isHidden ? hideFragment(options) : options);
}

/** A `#` in a credential makes its rest a version: only what can be a version is shown beside a hidden option. */
function hideFragment(options: string): string {
  return options.replace(/#(?!\d{1,4}$|[^#]*=)[^#]*/g, `#${HIDDEN}`);
}

function isCredential(name: string, value: string): boolean {
  return credentialName.test(decode(name)) || userOfUrl.test(decode(value));
}

function decode(text: string): string {
  return fromBytes(decodeForm(toBytes(text)));
}
