import { trimLuaSpace } from './lua-space.ts';

/** LuaJIT refuses longer exponents (lj_strscan.c, STRSCAN_MAXEXP). */
const EXPONENT_LIMIT = 2 ** 20;

const decimal = /^(?:\d+\.?\d*|\.\d+)(?:e[+-]?(\d+))?$/i;
const hexadecimal = /^0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?)(\d+))?$/i;
const binary = /^0b([01]+)$/i;

/**
 * A number as LuaJIT's `tonumber(text)` reads it, which is `tonumber(text, 10)` too: decimal, `0x` with fraction and
 * binary exponent, `0b`, `inf`, `infinity` and `nan` in any case, a sign, white space around it.
 * Returns undefined for anything else. Kong 3.9 reads settings (conf_loader/parse.lua) and a reference's version
 * (pdk/vault.lua) with it.
 */
export function parseLuaNumber(text: string): number | undefined {
  const trimmed = trimLuaSpace(text);
  const negative = trimmed.startsWith('-');
  const size = parseUnsigned(negative || trimmed.startsWith('+') ? trimmed.slice(1) : trimmed);
  if (size === undefined) return undefined;
  return negative ? -size : size;
}

function parseUnsigned(text: string): number | undefined {
  if (/^inf(?:inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const digits = binary.exec(text)?.[1]?.replace(/^0+/, '');
  if (digits !== undefined) return digits.length <= 64 ? Number(`0b0${digits}`) : undefined;
  return parseHexadecimal(text) ?? parseDecimal(text);
}

function parseDecimal(text: string): number | undefined {
  const match = decimal.exec(text);
  return match === null || Number(match[1] ?? 0) >= EXPONENT_LIMIT ? undefined : Number(text);
}

function parseHexadecimal(text: string): number | undefined {
  const [, whole = '', fraction = '', sign = '', power = '0'] = hexadecimal.exec(text) ?? [];
  if (`${whole}${fraction}` === '' || Number(power) >= EXPONENT_LIMIT) return undefined;
  const exponent = Number(`${sign}${power}`) - 4 * fraction.length;
  return scale(Number(BigInt(`0x${whole}${fraction}`)), exponent);
}

/** `size * 2 ** exponent` in steps, so that no step leaves the range of a number before the whole product does. */
function scale(size: number, exponent: number): number {
  const step = Math.max(-1000, Math.min(1000, exponent));
  const scaled = size * 2 ** step;
  const isSettled = step === exponent || scaled === 0 || scaled === Number.POSITIVE_INFINITY;
  return isSettled ? scaled : scale(scaled, exponent - step);
}

/** A number as LuaJIT's `tostring` prints it: `%.14g`, with `inf`, `-inf` and `nan` by name. */
export function printLuaNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits = '', exponentText = '0'] = value.toExponential(13).split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 14) return withoutTrailingZeros(value.toFixed(13 - exponent));
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${withoutTrailingZeros(digits)}e${exponent < 0 ? '-' : '+'}${size}`;
}

function withoutTrailingZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/0+$/, '').replace(/\.$/, '') : digits;
}

/** The shortest text that reads back as the same number, `inf` and `nan` by name. */
export function printShortestNumber(value: number): string {
  return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : printLuaNumber(value);
}
