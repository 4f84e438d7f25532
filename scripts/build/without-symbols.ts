/*
 * ELF files of 64 bits, little-endian, as Node is on both processors: the tables of sections at the end (elf(5)).
 */
const SECTION_SIZE = 64;
const NOBITS = 8;
const STRING_TABLE = 3;
const LOADED_WITH_THE_PROGRAM = 2n;

type Section = { readonly header: Buffer; readonly name: string; readonly isLoaded: boolean; readonly end: number };

/**
 * The program without what is never loaded: symbols, and whatever tells a debugger of its source, about 18 MB of Node. The same bytes as
 * input give the same bytes, on any machine, with no `strip` there. Throws where something that is loaded comes after the first that is not:
 * then it cannot be cut off.
 */
export function withoutSymbols(program: Buffer): Buffer {
  const sections = readSections(program);
  const cut = sections.findIndex(({ isLoaded }, index) => index > 0 && !isLoaded);
  if (cut === -1) return program;
  if (sections.slice(cut).some(({ isLoaded }) => isLoaded))
    throw new Error('the sections of this Node are in another order: they cannot be cut off at the end');
  const kept = sections.slice(0, cut);
  const end = Math.max(...kept.map((section) => section.end));
  const names = Buffer.from(`${kept.map(({ name }) => name).join('\0')}\0.shstrtab\0`, 'latin1');
  const table = alignedTo8(end + names.length);
  const result = Buffer.alloc(table + (kept.length + 1) * SECTION_SIZE);
  program.copy(result, 0, 0, end);
  names.copy(result, end);
  for (const [index, { header, name }] of kept.entries()) {
    const at = table + index * SECTION_SIZE;
    header.copy(result, at);
    result.writeUInt32LE(name === '' ? 0 : names.indexOf(`\0${name}\0`, 0, 'latin1') + 1, at);
  }
  writeStringTable(result, table + kept.length * SECTION_SIZE, names, end);
  result.writeBigUInt64LE(BigInt(table), 0x28);
  result.writeUInt16LE(kept.length + 1, 0x3c);
  result.writeUInt16LE(kept.length, 0x3e);
  return result;
}

function readSections(program: Buffer): Section[] {
  if (program.toString('latin1', 0, 6) !== '\x7fELF\x02\x01')
    throw new Error('this Node is not an ELF file of 64 bits, little-endian');
  const table = Number(program.readBigUInt64LE(0x28));
  const headers = Array.from({ length: program.readUInt16LE(0x3c) }, (_, index) =>
    program.subarray(table + index * SECTION_SIZE, table + (index + 1) * SECTION_SIZE),
  );
  const names = Number(headers[program.readUInt16LE(0x3e)]?.readBigUInt64LE(24));
  return headers.map((header) => {
    const name = names + header.readUInt32LE(0);
    const size = header.readUInt32LE(4) === NOBITS ? 0 : Number(header.readBigUInt64LE(32));
    return {
      header,
      name: program.toString('latin1', name, program.indexOf(0, name)),
      isLoaded: (header.readBigUInt64LE(8) & LOADED_WITH_THE_PROGRAM) !== 0n,
      end: Number(header.readBigUInt64LE(24)) + size,
    };
  });
}

function writeStringTable(result: Buffer, at: number, names: Buffer, offset: number): void {
  result.writeUInt32LE(names.indexOf('\0.shstrtab\0', 0, 'latin1') + 1, at);
  result.writeUInt32LE(STRING_TABLE, at + 4);
  result.writeBigUInt64LE(BigInt(offset), at + 24);
  result.writeBigUInt64LE(BigInt(names.length), at + 32);
  result.writeBigUInt64LE(1n, at + 48);
}

function alignedTo8(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}
