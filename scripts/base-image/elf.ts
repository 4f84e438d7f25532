/** What a 64-bit ELF file says about versions of symbols: those that it needs, by library, and those that it has itself. */
export type SymbolVersions = {
  readonly machine: number;
  readonly needed: ReadonlyMap<string, readonly string[]>;
  readonly defined: ReadonlySet<string>;
};

type Section = { readonly type: number; readonly offset: number; readonly link: number };

const VERSIONS_DEFINED = 0x6ffffffd;
const VERSIONS_NEEDED = 0x6ffffffe;

/** Of a file that is not an ELF file of 64 bits, little-endian: undefined. */
export function readSymbolVersions(file: Buffer): SymbolVersions | undefined {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) return undefined;
  const sections = readSections(file);
  const textAt = (section: Section, offset: number): string =>
    readText(file, (sections[section.link]?.offset ?? 0) + offset);
  const ofType = (type: number): Section | undefined => sections.find((section) => section.type === type);
  const needed = ofType(VERSIONS_NEEDED);
  const defined = ofType(VERSIONS_DEFINED);
  return {
    machine: file.readUInt16LE(18),
    needed: new Map(needed === undefined ? [] : readNeeded(file, needed, (offset) => textAt(needed, offset))),
    defined: new Set(defined === undefined ? [] : readDefined(file, defined, (offset) => textAt(defined, offset))),
  };
}

function readSections(file: Buffer): Section[] {
  const table = Number(file.readBigUInt64LE(40));
  const size = file.readUInt16LE(58);
  return Array.from({ length: file.readUInt16LE(60) }, (_, index) => {
    const at = table + index * size;
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 24)),
      link: file.readUInt32LE(at + 40),
    };
  });
}

/** Elf64_Verneed: the library, and a chain of Elf64_Vernaux. */
function* readNeeded(file: Buffer, { offset }: Section, text: (at: number) => string): Generator<[string, string[]]> {
  for (const at of chain(file, offset, 12)) {
    const versions = [...chain(file, at + file.readUInt32LE(at + 8), 12)].map((one) =>
      text(file.readUInt32LE(one + 8)),
    );
    yield [text(file.readUInt32LE(at + 4)), versions];
  }
}

/** Elf64_Verdef, of whose chain of Elf64_Verdaux the first is the version itself. */
function* readDefined(file: Buffer, { offset }: Section, text: (at: number) => string): Generator<string> {
  for (const at of chain(file, offset, 16)) yield text(file.readUInt32LE(at + file.readUInt32LE(at + 12)));
}

/** Entries that say, at the same place in each, how far it is to the next; nothing, in the last. */
function* chain(file: Buffer, first: number, nextAt: number): Generator<number> {
  for (let at = first; ; ) {
    yield at;
    const next = file.readUInt32LE(at + nextAt);
    if (next === 0) return;
    at += next;
  }
}

function readText(file: Buffer, at: number): string {
  return file.toString('latin1', at, file.indexOf(0, at));
}
