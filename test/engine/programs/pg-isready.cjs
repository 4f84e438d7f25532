#!/usr/local/bin/node
// Ready, as pg_isready has it: the server answers a startup message with anything but "the database system is starting up".
const { connect } = require('node:net');

const host = process.argv.find((word) => word.startsWith('--host='))?.slice('--host='.length) ?? '127.0.0.1';
const parameters = Buffer.from('user\0postgres\0database\0postgres\0\0');
const head = Buffer.alloc(8);
head.writeInt32BE(head.length + parameters.length, 0);
head.writeInt32BE(3 << 16, 4);

const socket = connect(5432, host, () => socket.write(Buffer.concat([head, parameters])));
socket.once('data', (answer) => process.exit(answer.includes('57P03') ? 1 : 0));
socket.once('error', () => process.exit(2));
socket.once('close', () => process.exit(2));
