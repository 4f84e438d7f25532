import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { Statement } from './statement.ts';

/** A pair for rehearsals, as PEM. A release is signed without a key, by cosign and the identity of the workflow. */
export type KeyPair = { readonly privateKey: string; readonly publicKey: string };

/** A signed statement, as DSSE has it (secure-systems-lab/dsse, envelope.md). */
export type Envelope = {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly sig: string }[];
};

const IN_TOTO = 'application/vnd.in-toto+json';

/** ECDSA on P-256, the key that cosign makes. */
export function makeKeyPair(): KeyPair {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** What cosign signs of an image: its name and digest, in the form of "simple signing". */
export function describeImage(name: string, digest: string): Buffer {
  const critical = {
    identity: { 'docker-reference': name },
    image: { 'docker-manifest-digest': digest },
    type: 'cosign container image signature',
  };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

/** In base64. */
export function signBytes(content: Buffer, privateKey: string): string {
  return sign('sha256', content, createPrivateKey(privateKey)).toString('base64');
}

export function isSignedBy(content: Buffer, signature: string, publicKey: string): boolean {
  return verify('sha256', content, createPublicKey(publicKey), Buffer.from(signature, 'base64'));
}

export function sealStatement(statement: Statement, privateKey: string): Envelope {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = signBytes(authenticated(payload), privateKey);
  return { payloadType: IN_TOTO, payload: payload.toString('base64'), signatures: [{ sig }] };
}

/** The statement that was sealed. Throws if it was not sealed with this key, or is not about this digest (64 hexadecimal digits). */
export function openStatement(envelope: Envelope, publicKey: string, sha256: string): Statement {
  const payload = Buffer.from(envelope.payload, 'base64');
  const isSigned = envelope.signatures.some(({ sig }) => isSignedBy(authenticated(payload), sig, publicKey));
  if (!isSigned || envelope.payloadType !== IN_TOTO) throw new Error('the attestation has no signature of this key');
  const statement: Statement = JSON.parse(payload.toString('utf8'));
  if (!statement.subject.some(({ digest }) => digest.sha256 === sha256)) {
    throw new Error(`the attestation is not about sha256:${sha256}`);
  }
  return statement;
}

/** DSSE's pre-authentication encoding: the type and the payload, each behind its length. */
function authenticated(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${payload.length} `), payload]);
}
