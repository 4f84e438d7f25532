/** The environment that the process was given, and what of it cannot be handed over unchanged. */
export type EnvironmentSnapshot = {
  readonly variables: Readonly<Record<string, string>>;
  /** Names of variables with bytes that are not UTF-8: they cannot go through this runtime unchanged. */
  readonly notUtf8: readonly string[];
  /** Names that stood there more than once with different values; the last one counts, as in a shell. */
  readonly duplicated: readonly string[];
};

/** Reads the block of `NAME=value` strings, each ended by NUL, that the kernel keeps in `/proc/self/environ`. */
export function parseEnvironmentBlock(block: Buffer): EnvironmentSnapshot {
  const variables: Record<string, string> = Object.create(null);
  const notUtf8: string[] = [];
  const duplicated = new Set<string>();
  for (const bytes of splitBlock(block)) {
    const text = bytes.toString('utf8');
    const equals = text.indexOf('=');
    if (equals <= 0) continue;
    const name = text.slice(0, equals);
    const value = text.slice(equals + 1);
    if (!isUtf8(bytes, text)) notUtf8.push(name);
    if (variables[name] !== undefined && variables[name] !== value) duplicated.add(name);
    variables[name] = value;
  }
  return { variables, notUtf8, duplicated: [...duplicated] };
}

/** Whether these bytes are the UTF-8 of the text that was read from them, rather than others that U+FFFD stands for. */
export function isUtf8(bytes: Buffer, text: string): boolean {
  return !text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(bytes);
}

function* splitBlock(block: Buffer): Generator<Buffer> {
  let start = 0;
  while (start < block.length) {
    const end = block.indexOf(0, start);
    yield block.subarray(start, end === -1 ? block.length : end);
    if (end === -1) return;
    start = end + 1;
  }
}

/** The same from a record, where there is no `/proc`: bytes that were not UTF-8 show as U+FFFD, so such a variable is suspect. */
export function snapshotEnvironment(record: Readonly<Record<string, string | undefined>>): EnvironmentSnapshot {
  const entries = Object.entries(record).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const variables: Record<string, string> = Object.create(null);
  for (const [name, value] of entries) variables[name] = value;
  const notUtf8 = entries.flatMap(([name, value]) => (`${name}${value}`.includes('\ufffd') ? [name] : []));
  return { variables, notUtf8, duplicated: [] };
}
