import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join, normalize } from 'node:path';

/** As many as the kernel follows. */
const MOST_LINKS = 40;

/** A file of another system whose root is this folder, its links followed as that system would; undefined where there is none. */
export function readImageFile(root: string, path: string): Buffer | undefined {
  const place = placeOf(root, path);
  return place === undefined ? undefined : readFileSync(join(root, place));
}

function placeOf(root: string, path: string): string | undefined {
  let place = '/';
  let rest = names(path);
  for (let links = 0; rest.length > 0; ) {
    const [name = '', ...others] = rest;
    const next = normalize(join(place, name));
    const status = lstatSync(join(root, next), { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    rest = others;
    if (!status.isSymbolicLink()) place = next;
    else if (++links > MOST_LINKS) return undefined;
    else {
      const target = readlinkSync(join(root, next));
      if (target.startsWith('/')) place = '/';
      rest = [...names(target), ...others];
    }
  }
  return place;
}

function names(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
