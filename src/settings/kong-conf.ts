import { SettingError } from '../errors.ts';
import { parseLuaNumber, printLuaNumber } from './lua-number.ts';
import { trimLuaSpace, trimLuaSpaceEnd, trimLuaSpaceStart } from './lua-space.ts';

/**
 * The settings of a kong.conf, as text, by the key that Kong would look up; the last of equal keys counts. A key that
 * is set to nothing is there with an empty text, since that unsets Kong's default. Kong 3.9 reads the file with
 * Penlight (pl/config.lua) and then cuts comments (conf_loader/init.lua, load_config), and so it happens that:
 * a line that ends in a backslash goes on in the next one that is neither blank nor a comment; whatever is not a letter
 * or a digit in a key becomes `_`; a value that is a number is rewritten (`0x10` becomes `16`); nothing after a
 * `[section]` line is a setting; `\#` is a `#` and any other `#` begins a comment; quotes mean nothing.
 * Throws SettingError for the one thing that stops Kong as well: a section line without its closing bracket.
 */
export function parseKongConf(text: string): Record<string, string> {
  const lines = joinLines(text);
  const sections = lines.filter((line) => line.startsWith('['));
  sections.forEach(checkSection);
  const end = sections[0] === undefined ? lines.length : lines.indexOf(sections[0]);
  const settings = lines
    .slice(0, end)
    .filter((line) => line.includes('='))
    .map(readSetting);
  return Object.fromEntries(settings);
}

/** The lines that say something, each with its continuations. A continuation with nothing after it is lost. */
function joinLines(text: string): string[] {
  const lines: string[] = [];
  let begun = '';
  for (const line of text.split('\n')) {
    const start = trimLuaSpaceStart(line);
    if (start === '' || start.startsWith('#') || start.startsWith(';')) continue;
    const end = trimLuaSpaceEnd(line);
    if (end.endsWith('\\')) {
      begun += end.slice(0, -1);
    } else {
      lines.push(begun + line);
      begun = '';
    }
  }
  return lines;
}

function checkSection(line: string): void {
  if (/\[[^\]]+\]/.test(line)) return;
  throw new SettingError('a section line has no name between its brackets', {
    hint: 'Kong cannot read such a file either: remove the line that begins with "[", or write "[name]"',
  });
}

function readSetting(line: string): [key: string, value: string] {
  const equals = line.indexOf('=');
  return [readKey(line.slice(0, equals)), readValue(line.slice(equals + 1))];
}

/** Lua counts bytes: a letter of two bytes is two underscores. */
function readKey(text: string): string {
  const bytes = Buffer.from(trimLuaSpace(text), 'utf8').toString('latin1');
  return bytes.replace(/[^0-9A-Za-z]/g, '_');
}

function readValue(text: string): string {
  const value = trimLuaSpaceStart(text);
  return cutComment(/^[0-9+-]/.test(value) ? rewriteNumber(value) : trimLuaSpaceEnd(value));
}

/** Numbers are printed again; ` kB` after one is dropped, and is dropped from what turns out to be none as well. */
function rewriteNumber(value: string): string {
  const number = parseLuaNumber(value);
  if (number !== undefined) return printLuaNumber(number);
  if (!value.endsWith(' kB')) return trimLuaSpaceEnd(value);
  const bare = value.replaceAll(' kB', '');
  const size = parseLuaNumber(bare);
  return size === undefined ? trimLuaSpaceEnd(bare) : printLuaNumber(size);
}

function cutComment(value: string): string {
  let start = value.indexOf('#');
  while (start > 0 && value[start - 1] === '\\') start = value.indexOf('#', start + 1);
  const kept = start === -1 ? value : trimLuaSpaceEnd(value.slice(0, start));
  return kept.replaceAll('\\#', '#');
}
