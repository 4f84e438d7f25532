import { readFileSync } from 'node:fs';
import { findObstacle } from './base-image/find-obstacle.ts';

/*
 * node scripts/check-base-image.ts ROOT PROGRAM
 * Stops the build of an image whose base, its root mounted at ROOT, cannot run the program: a container of it would only say
 * "no such file or directory", or "version `GLIBC_2.28' not found".
 */
const [, , root = '/', program = ''] = process.argv;
const obstacle = findObstacle(root, readFileSync(program));
if (obstacle !== undefined) {
  process.stderr.write(
    `kong-entrypoint cannot run here: the base image ${obstacle}. It needs glibc 2.28 or later and libstdc++: ` +
      'take an image of Kong on Debian, Ubuntu, RHEL 8 or 9, or Amazon Linux 2023.\n',
  );
  process.exitCode = 1;
}
