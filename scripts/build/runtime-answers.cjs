'use strict';
// Prints what a start asks of the runtime that could come from ICU's data. The build runs it under the Node that it was given and under the
// one whose data it cut: both must say the same.
const { createHmac } = require('node:crypto');
const { checkServerIdentity } = require('node:tls');
const { domainToASCII, domainToUnicode } = require('node:url');

const hosts = [
  'bücher.example',
  'straße.example',
  'EXAMPLE.ΣΊΣΥΦΟΣ',
  '例え.テスト',
  'صحة.example',
  'I.İSTANBUL.example',
  'a\u00adb.example',
];
const words = [
  'İstanbul',
  'ILIK ılık',
  'Straße',
  'ΣΊΣΥΦΟΣ',
  'ﬁ',
  'e\u0301',
  '\u1e9b\u0323',
  '㌀',
  '가각',
  '\u00a0x\u2003',
];
const bytes = Buffer.from('é Ä ß € 例', 'utf8');
const moment = new Date(Date.UTC(2026, 1, 3, 4, 5, 6));

function certificateFor(host) {
  return { subject: { CN: host }, subjectaltname: `DNS:${host}` };
}

const answers = {
  urls: hosts.map((host) => new URL(`https://${host}:8200/ü?é=ß`).href),
  ascii: hosts.map((host) => domainToASCII(host)),
  unicode: hosts.map((host) => domainToUnicode(domainToASCII(host))),
  certificates: hosts.map((host) => checkServerIdentity(host, certificateFor(domainToASCII(host)))?.code ?? 'fits'),
  otherCertificates: hosts.map((host) => checkServerIdentity(host, certificateFor('other.example'))?.code ?? 'fits'),
  normalized: words.flatMap((word) => ['NFC', 'NFD', 'NFKC', 'NFKD'].map((form) => word.normalize(form))),
  cases: words.flatMap((word) => [word.toLowerCase(), word.toUpperCase(), word.toLocaleLowerCase('en')]),
  trimmed: words.map((word) => word.trim()),
  letters: words.map((word) => word.match(/\p{L}\p{M}*|\p{Script=Han}/gu)),
  sorted: words.toSorted(),
  decoded: ['utf-8', 'utf-16le', 'utf-16be', 'latin1', 'ascii'].map((name) => new TextDecoder(name).decode(bytes)),
  dates: [moment.toISOString(), moment.toUTCString(), moment.toJSON(), Date.parse(moment.toUTCString())],
  signature: createHmac('sha256', 'AWS4key')
    .update(moment.toISOString().replace(/[:-]|\.\d{3}/g, ''))
    .digest('hex'),
  numbers: [(1234.5).toString(), (0.1).toFixed(3), Number('1e3')],
};
process.stdout.write(`${JSON.stringify(answers, null, 1)}\n`);
