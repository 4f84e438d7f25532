import { statSync } from 'node:fs';
import { ProgramNotFoundError } from '../errors.ts';
import { type FileIdentity, isSameFile } from '../process/executable.ts';

/** Where the official images keep theirs: `kong/kong-gateway` and `kong/kong`, then Docker Hub's `kong`. */
const imageScripts = ['/entrypoint.sh', '/docker-entrypoint.sh'];

/** The entry script of the image, for `kong docker-start` exists only there: the one that is named, else the first that is not ourselves. */
export function findEntryScript(named: string | undefined, self: FileIdentity | undefined): string {
  const found = named ?? imageScripts.find((path) => isOther(path, self));
  if (found !== undefined) return found;
  throw new ProgramNotFoundError(
    `the image has no entry script (${imageScripts.join(', ')}), which kong docker-start needs`,
    {
      subject: 'KONG_ENTRYPOINT_PROGRAM',
      hint: "name the image's script, or use the command kong start",
    },
  );
}

function isOther(path: string, self: FileIdentity | undefined): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && !isSameFile(stats, self);
}
