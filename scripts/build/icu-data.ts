/** An entry of ICU's data: a table, a converter, or what is said in a language. */
type Entry = { readonly name: string; readonly start: number; readonly end: number };

/** Every ICU data file begins with its length, these two bytes and, eight bytes on, what it is: `CmnD`, the file that holds all others. */
const MAGIC = 0x27da;
const COMMON_DATA = 'CmnD';
const FORMAT_AT = 12;

/**
 * Overwrites with zeros what ICU knows of other languages than English, of character sets that only converters read, and of where words end
 * in Chinese or Thai: 27.5 MB that nothing here reads, and that compress to nothing then. The entries and their places stay. Host names,
 * normalization, upper and lower case, UTF-8, UTF-16 and latin1 need none of them. Changes the buffer and returns it; throws where it holds no
 * ICU data.
 */
export function clearUnusedIcuData(node: Buffer): Buffer {
  for (const { name, start, end } of listEntries(node)) {
    if (isUnused(name)) node.fill(0, start, end);
  }
  return node;
}

/** The entries in the order of their data. Of the last the end is not known: it is left out. */
function listEntries(node: Buffer): Entry[] {
  const contents = findContents(node);
  const count = node.readUInt32LE(contents);
  const entries = Array.from({ length: count }, (_, index) => {
    const at = contents + 4 + 8 * index;
    const name = contents + node.readUInt32LE(at);
    return {
      name: node.toString('latin1', name, node.indexOf(0, name)).replace(/^icudt\d+l\//, ''),
      start: contents + node.readUInt32LE(at + 4),
    };
  }).sort((one, other) => one.start - other.start);
  return entries.flatMap((entry, index) => {
    const next = entries[index + 1];
    return next === undefined ? [] : [{ ...entry, end: next.start }];
  });
}

/** Where the table of contents is. */
function findContents(node: Buffer): number {
  for (let at = node.indexOf(COMMON_DATA); at !== -1; at = node.indexOf(COMMON_DATA, at + 1)) {
    const start = at - FORMAT_AT;
    if (start >= 0 && node.readUInt16LE(start + 2) === MAGIC) return start + node.readUInt16LE(start);
  }
  throw new Error("this Node holds no ICU data, or in a form that is not known: see node's --with-intl");
}

const ENGLISH = /^(?:root|en|pool|res_index|supplementalData|tzdbNames|ucadata)[._]/;

/** `coll/de.res` is German, and so is `de.res`. Names of characters are read by nothing but `unames.icu`'s own functions. */
function isUnused(name: string): boolean {
  if (/\.(?:cnv|dict)$/.test(name) || name === 'unames.icu') return true;
  const folder = /^(?:brkitr|coll|curr|lang|rbnf|region|translit|unit|zone)\//.exec(name)?.[0] ?? '';
  const file = name.slice(folder.length);
  return /\.res$/.test(file) && (folder !== '' || /^[a-z]{2,3}[._]/.test(file)) && !ENGLISH.test(file);
}
