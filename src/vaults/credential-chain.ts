import { EntrypointError } from '../errors.ts';

/** The credentials that a source has, or why it has none. A reason holds no value. */
export type Finding<T extends object> = T | { readonly reason: string };

/** A source of credentials, by the name that an error and the log give it. */
export type Link<T extends object> = { readonly name: string; find(): Promise<Finding<T>> };

/** The credentials of the first link that has some, with its name; else every link and why it has none, in one line. */
export async function findCredentials<T extends object>(
  chain: readonly Link<T>[],
): Promise<(T & { readonly link: string }) | { readonly reasons: string }> {
  const reasons: string[] = [];
  for (const { name, find } of chain) {
    const finding = await find();
    if (!('reason' in finding)) return { ...finding, link: name };
    reasons.push(`${name}: ${finding.reason}`);
  }
  return { reasons: reasons.join('; ') };
}

/** Asks a source. A connection that fails becomes a reason. Throws the signal's reason when that aborts. */
export async function askSource<T extends object>(
  signal: AbortSignal,
  ask: () => Promise<Finding<T>>,
): Promise<Finding<T>> {
  try {
    return await ask();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EntrypointError) return { reason: error.message };
    throw error;
  }
}
