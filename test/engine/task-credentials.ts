import { credentialsDocument } from '../emulators/container-credentials.ts';
import { type LoopbackServer, startLoopbackServer } from '../emulators/loopback-server.ts';
import type { AccessKey } from '../emulators/signature-v4.ts';

/** A temporary key of a task's role, by which the emulator knows it. */
export function keyOfRole(role: string): AccessKey {
  const name = role.split('/').at(-1) ?? '';
  return { id: `ASIA${name.toUpperCase()}`, secret: `secret of ${name}`, sessionToken: `session of ${name}` };
}

/** Where ECS puts the credentials of a task: a path of its own that leads to the key of the task's role. */
export function credentialsPath(role: string): string {
  return `/v2/credentials/${role.split('/').at(-1)}`;
}

/** What answers at 169.254.170.2 beside every task: credentials, and the metadata of the task. */
export function startTaskCredentials(): Promise<LoopbackServer> {
  return startLoopbackServer(({ target }, response) => {
    const role = /^\/v2\/credentials\/(.+)$/.exec(target)?.[1];
    const body = role === undefined ? { AvailabilityZone: 'eu-central-1b' } : credentialsDocument(keyOfRole(role));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
}
