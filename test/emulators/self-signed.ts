import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { ServerIdentity } from './loopback-server.ts';

/*
 * X.509 in DER, as far as a server on loopback needs it, so that no private key is kept in the repository and no
 * program but Node makes one.
 */
const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALTERNATIVE_NAME = Buffer.from('0603551d11', 'hex');

/** A key and a certificate for 127.0.0.1 and these hosts that nobody trusts, of a name of its own, valid from yesterday to tomorrow. */
export function selfSigned(...hosts: readonly string[]): ServerIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(
    tag(0x31, sequence(COMMON_NAME, tag(0x0c, Buffer.from(`emulator ${randomBytes(4).toString('hex')}`)))),
  );
  const day = 86_400_000;
  const unsigned = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    name,
    sequence(utcTime(Date.now() - day), utcTime(Date.now() + day)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(sequence(SUBJECT_ALTERNATIVE_NAME, tag(0x04, subjectNames(hosts))))),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', unsigned, privateKey)]);
  const certificate = sequence(unsigned, ECDSA_WITH_SHA256, tag(0x03, signature));
  // No empty line at the end, which OpenSSL takes for one of a broken certificate.
  const lines = certificate
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd();
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function subjectNames(hosts: readonly string[]): Buffer {
  return sequence(...hosts.map((host) => tag(0x82, Buffer.from(host))), tag(0x87, Buffer.from([127, 0, 0, 1])));
}

function utcTime(time: number): Buffer {
  const digits = new Date(time).toISOString().replace(/\D/g, '').slice(2, 14);
  return tag(0x17, Buffer.from(`${digits}Z`));
}

function sequence(...parts: Buffer[]): Buffer {
  return tag(0x30, ...parts);
}

/** Tag, length in as few bytes as DER wants, content; nothing here needs more than two. */
function tag(type: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  const size = length < 128 ? [length] : long;
  return Buffer.concat([Buffer.from([type, ...size]), content]);
}
