#!/usr/local/bin/node
// Knows the one program that the health check of compose.yaml has: a connection, to the address that it names.
const { connect } = require('node:net');

const [, host, port] = /create_connection\(\('([^']+)', (\d+)\)/.exec(process.argv.at(-1) ?? '') ?? [];
if (host === undefined) throw new Error('this stand-in for Python does not know that program');
connect(Number(port), host)
  .once('connect', () => process.exit(0))
  .once('error', () => process.exit(1));
