import { statSync } from 'node:fs';
import { type FileIdentity, isSameFile } from '../process/executable.ts';

/** Where the official images keep theirs: `kong/kong-gateway` and `kong/kong`, then Docker Hub's `kong`. */
const imageScripts = ['/entrypoint.sh', '/docker-entrypoint.sh'];

/**
 * The entry script of the image, for `kong docker-start` exists only there: the one that is named, else the first that is not ourselves.
 * Undefined in an image without one, as those without a shell are.
 */
export function findEntryScript(named: string | undefined, self: FileIdentity | undefined): string | undefined {
  return named ?? imageScripts.find((path) => isOther(path, self));
}

function isOther(path: string, self: FileIdentity | undefined): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && !isSameFile(stats, self);
}
