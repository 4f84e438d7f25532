import type { VaultOptionValues } from './vault.ts';

/** The text of an option, undefined where it is unset. */
export function textOf(options: VaultOptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
