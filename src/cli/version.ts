/** Set by the build; absent when the source is run as it is. */
declare const BUILD_VERSION: string | undefined;
declare const BUILD_COMMIT: string | undefined;

/** What `--version` prints: ours, the commit, and the runtime inside. */
export function versionText(): string {
  const version = typeof BUILD_VERSION === 'string' ? BUILD_VERSION : 'development';
  const commit = typeof BUILD_COMMIT === 'string' ? BUILD_COMMIT : 'unknown';
  return `kong-entrypoint ${version} (commit ${commit}, Node ${process.versions.node})\n`;
}
