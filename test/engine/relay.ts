import { forward } from './forward.ts';

/*
 * Inside a container of its own: `node relay.ts 80=/sockets/credentials ...` makes each socket a port of that container.
 * So what listens on the loopback of this machine is reached from a network that leads nowhere else.
 */
for (const way of process.argv.slice(2)) {
  const [port, path = ''] = way.split('=');
  await forward(Number(port), path);
}
process.stdout.write('ready\n');
