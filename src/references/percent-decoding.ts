/** A text's UTF-8 bytes, one character each. Kong's strings are bytes, and `%C3` and `%A9` may meet only later. */
export function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text that the bytes spell; a byte that is not UTF-8 becomes U+FFFD. */
export function fromBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/**
 * Turns each `%` with two hexadecimal digits into its byte; any other `%` stays (luasocket url.lua, unescape).
 * `decodeURIComponent` would throw on those, and on bytes that are not UTF-8.
 */
export function decodePercent(bytes: string): string {
  return bytes.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** As `decodePercent`, and a `+` that was written as such is a space (`ngx.unescape_uri`). */
export function decodeForm(bytes: string): string {
  return decodePercent(bytes.replaceAll('+', ' '));
}
