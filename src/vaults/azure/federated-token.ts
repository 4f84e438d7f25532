import { SettingError } from '../../errors.ts';
import { readTextFile, UnreadableFileError } from '../../process/read-file.ts';

/**
 * Looks whether the token of a pod's service account can be read, before the library reads it. Throws SettingError for a
 * file that is absent, unreadable or empty.
 */
export function readFederatedToken(path: string): void {
  if (readText(path).trim() !== '') return;
  throw unusable(`${path} is empty`);
}

function readText(path: string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    throw unusable(`${path} cannot be read: ${error.message}`);
  }
}

function unusable(sentence: string): SettingError {
  return new SettingError(sentence, {
    subject: 'AZURE_FEDERATED_TOKEN_FILE',
    hint: 'label the pod azure.workload.identity/use: "true", so that AKS mounts the token, or unset the variable',
  });
}
