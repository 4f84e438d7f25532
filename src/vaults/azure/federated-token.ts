import { readFileSync } from 'node:fs';
import { codeOf, SettingError } from '../../errors.ts';

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
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unusable(`cannot read ${path} (${codeOf(error)})`);
  }
}

function unusable(sentence: string): SettingError {
  return new SettingError(sentence, {
    subject: 'AZURE_FEDERATED_TOKEN_FILE',
    hint: 'label the pod azure.workload.identity/use: "true", so that AKS mounts the token, or unset the variable',
  });
}
