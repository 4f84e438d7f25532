import { concerning, EntrypointError, SeveralErrors } from '../errors.ts';
import { nameSetting, variableOf } from '../settings/setting.ts';
import type { KnownSettings } from './known-settings.ts';
import { printReference } from './print-reference.ts';

/** Runs the action, and makes its errors name the settings that they concern as the operator set them. */
export async function namingOrigins<T>(known: KnownSettings, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw nameOrigin(error, known);
  }
}

/**
 * The same error, which knows only Kong's key of its setting, with the variable, the file or the line of kong.conf that set it, and the
 * references that stand there, where it does not name them yet. Any other error is returned as it is.
 */
export function nameOrigin(error: unknown, known: KnownSettings): unknown {
  if (error instanceof SeveralErrors) return new SeveralErrors(error.errors.map((one) => named(one, known)));
  return error instanceof EntrypointError ? named(error, known) : error;
}

function named(error: EntrypointError, known: KnownSettings): EntrypointError {
  const { settingKey } = error;
  if (settingKey === undefined) return error;
  const found = known.all.get(settingKey);
  if (found === undefined) return concerning(error, variableOf(settingKey));
  const all = found.references.map(({ text }) => printReference(text));
  const references = all.filter((text) => !error.message.includes(text));
  const message = references.length === 0 ? error.message : `${error.message}: ${references.join(', ')}`;
  return concerning(error, nameSetting(found.setting), message);
}
