import { createServer } from 'node:net';

/** A port of the loopback that nothing listens on at this moment. */
export function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const listener = createServer().once('error', reject);
  listener.listen(0, '127.0.0.1', () => {
    const address = listener.address();
    listener.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
  });
  return promise;
}
