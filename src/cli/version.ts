/** Set by the build; absent when the source is run as it is. */
declare const BUILD_VERSION: string | undefined;
declare const BUILD_COMMIT: string | undefined;

/** The lines of Kong whose images .github/workflows/ci.yml starts; a test compares the two. */
export const TESTED_KONG_LINES = ['3.4', '3.9'] as const;

/** What `--version` prints: ours, the commit, the runtime inside, and the lines of Kong that it was tested with. */
export function versionText(): string {
  const version = typeof BUILD_VERSION === 'string' ? BUILD_VERSION : 'development';
  const commit = typeof BUILD_COMMIT === 'string' ? BUILD_COMMIT : 'unknown';
  return `kong-entrypoint ${version} (commit ${commit}, Node ${process.versions.node}; tested with Kong ${TESTED_KONG_LINES.join(', ')})\n`;
}
