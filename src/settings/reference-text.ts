/**
 * Whether Kong takes this text, trimmed already, for a vault reference (Kong 3.9, pdk/vault.lua, is_reference):
 * the whole text, never a part of it, in lower case.
 */
export function isReference(text: string): boolean {
  return text.startsWith('{vault://') && text.endsWith('}');
}
