/** Where the official images keep their entry script: `kong/kong-gateway` and `kong/kong`, then Docker Hub's `kong`. */
export const imageScripts = ['/entrypoint.sh', '/docker-entrypoint.sh'];

/** What an entry script of Kong's does before it becomes nginx, as far as the scripts differ. */
export type ScriptEffects = {
  /** The releases that have the script. */
  readonly of: string;
  /** The folders, seen from the prefix, that it removes dangling sockets from. */
  readonly socketFolders: readonly ('.' | 'sockets')[];
  /** Whether a log that is a link to a folder is replaced (`ln -sfn`), or gets the new link in that folder (`ln -sf`). */
  readonly replacesLinksToFolders: boolean;
};

/** The entry scripts that Kong publishes (Kong/docker-kong, docker-entrypoint.sh; Kong/kong, build/dockerfiles/entrypoint.sh), by SHA-256. */
export const publishedScripts: ReadonlyMap<string, ScriptEffects> = new Map([
  [
    '97594908e0178c6e6f5fb05372b00b70105d3ce02defe7c757fa3b2da396a5b0',
    { of: 'docker-kong 2.8.0 to 3.1.1', socketFolders: [], replacesLinksToFolders: false },
  ],
  [
    'b02e2a105d4f74e2d6181f7b021adbc161900e23b7e28fdc08efa4c90e3d9abe',
    { of: 'kong 3.2.0 and 3.2.1', socketFolders: [], replacesLinksToFolders: true },
  ],
  [
    '02c69a8b18585a6d5a20f782783c29462234d727d9ae77696e0061d3825a9c2d',
    {
      of: 'docker-kong 3.2.2 to 3.8.0 and kong 3.2.2 to 3.7.1',
      socketFolders: ['.'],
      replacesLinksToFolders: true,
    },
  ],
  [
    '2a84eb798fe84e610a5b368cd84ae7ff094b462a5785cf3614911edc900d689d',
    { of: 'docker-kong 3.9.0 to 3.9.3', socketFolders: ['.', 'sockets'], replacesLinksToFolders: true },
  ],
  [
    'a2c64dd8e892b9a6fff17f57d76d67e4a16007cd66c4913a1e18de6f91847099',
    { of: 'kong 3.8.0 to 3.9.3', socketFolders: ['sockets'], replacesLinksToFolders: true },
  ],
]);

/** Where no script says what to do: the most that any of them does. */
export const withoutScript: ScriptEffects = {
  of: 'no image',
  socketFolders: ['.', 'sockets'],
  replacesLinksToFolders: true,
};
