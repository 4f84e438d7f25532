/**
 * Whether a Kong version, written as `3.7.1`, `3.4.3.13` or `2.8`, is older than `major.minor`.
 * One that is unknown, or that cannot be read, is older than nothing.
 */
export function isKongBefore(version: string | undefined, major: number, minor: number): boolean {
  const read = /^v?(\d+)\.(\d+)/.exec(version ?? '');
  if (read === null) return false;
  const [ownMajor, ownMinor] = [Number(read[1]), Number(read[2])];
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}

/** Whether a Kong version is known, and is `major.minor` or newer. */
export function isKongSince(version: string | undefined, major: number, minor: number): boolean {
  return /^v?\d+\.\d+/.test(version ?? '') && !isKongBefore(version, major, minor);
}
