/** The bases that the program is built for and started in: nothing but the libc and libstdc++ of a release of Debian. */
export const baseImages = [
  { suite: 'bullseye', glibc: '2.31', like: 'older than that of Ubuntu 22.04 and RHEL 9' },
  { suite: 'bookworm', glibc: '2.36', like: 'as the images of Kong on Debian 12' },
  { suite: 'trixie', glibc: '2.41', like: 'newer than that of Ubuntu 24.04' },
] as const;
