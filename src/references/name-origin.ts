import { concerning, EntrypointError, SeveralErrors } from '../errors.ts';
import { nameSetting, type Settings, variableOf } from '../settings/setting.ts';
import { findReferences } from './find-references.ts';
import { printReference } from './print-reference.ts';

/** Runs the action, and makes its errors name the settings that they concern as the operator set them. */
export async function namingOrigins<T>(settings: Settings, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw nameOrigin(error, settings);
  }
}

/**
 * The same error, which knows only Kong's key of its setting, with the variable, the file or the line of kong.conf that set it, and the
 * references that stand there. Any other error is returned as it is.
 */
export function nameOrigin(error: unknown, settings: Settings): unknown {
  if (error instanceof SeveralErrors) return new SeveralErrors(error.errors.map((one) => named(one, settings)));
  return error instanceof EntrypointError ? named(error, settings) : error;
}

function named(error: EntrypointError, settings: Settings): EntrypointError {
  const { settingKey } = error;
  if (settingKey === undefined) return error;
  const setting = settings.get(settingKey);
  if (setting === undefined) return concerning(error, variableOf(settingKey));
  const references = findReferences(new Map([[settingKey, setting]])).map(({ text }) => printReference(text));
  const message = references.length === 0 ? error.message : `${error.message}: ${references.join(', ')}`;
  return concerning(error, nameSetting(setting), message);
}
