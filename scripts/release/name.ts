import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where the images of a release live, without a tag: `ghcr.io/owner/kong-entrypoint`, in small letters, as registries want it. The owner
 * is in docker-bake.hcl and nowhere else.
 */
export function imageName(root: string, owner = readOwner(root), registry = 'ghcr.io'): string {
  return `${registry}/${owner.toLowerCase()}/kong-entrypoint`;
}

/** `OWNER` until there is a published home. */
export function readOwner(root: string): string {
  const bake = readFileSync(join(root, 'docker-bake.hcl'), 'utf8');
  const [, owner] = /variable "OWNER" \{\s*default = "([^"]+)"/.exec(bake) ?? [];
  if (owner === undefined) throw new Error('docker-bake.hcl: it has no default for OWNER');
  return owner;
}

/** `1.2.3`, `1.2` and `1`; a prerelease such as `1.2.3-rc.1` moves no other tag than its own. */
export function tagsOf(version: string): readonly [string, ...string[]] {
  const [, major, minor] = /^(\d+)\.(\d+)\.\d+$/.exec(version) ?? [];
  return major === undefined ? [version] : [version, `${major}.${minor}`, major];
}

/** Puts the owner of docker-bake.hcl in the place of any other that a document has. */
export function withOwner(text: string, owner: string): string {
  return text.replaceAll(/\b(ghcr\.io|github\.com)\/[\w-]+\/kong-entrypoint\b/g, `$1/${owner}/kong-entrypoint`);
}
