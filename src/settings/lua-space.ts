/** What Lua's `%s` and LuaJIT's number scanner take for white space: six ASCII characters and no other. */
const spaces = ' \t\n\v\f\r';

export function isLuaSpace(character: string | undefined): boolean {
  return character !== undefined && character !== '' && spaces.includes(character);
}

/** The text without white space at its end. Linear, whatever the text. */
export function trimLuaSpaceEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isLuaSpace(text[end - 1])) end -= 1;
  return text.slice(0, end);
}

/** The text without white space at its start. */
export function trimLuaSpaceStart(text: string): string {
  let start = 0;
  while (isLuaSpace(text[start])) start += 1;
  return text.slice(start);
}

/**
 * A setting's text as Kong trims it (`kong/tools/string.lua`, strip). `String.trim` would take more:
 * a password may end in a no-break space.
 */
export function trimLuaSpace(text: string): string {
  return trimLuaSpaceStart(trimLuaSpaceEnd(text));
}
