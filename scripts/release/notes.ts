/** What CHANGELOG.md says of a version, without its heading. Throws where it says nothing: a release has notes. */
export function releaseNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((one) => one.startsWith(`${version}\n`) || one.startsWith(`${version}, `));
  const text = section?.slice(section.indexOf('\n')).trim() ?? '';
  if (text === '') throw new Error(`CHANGELOG.md: no entry for ${version}`);
  return `${text}\n`;
}
