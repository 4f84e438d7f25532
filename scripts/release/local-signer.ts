import { attach, fetchAttached } from './registry.ts';
import { describeImage, isSignedBy, type KeyPair, openStatement, sealStatement, signBytes } from './signing.ts';
import { makeStatement, type Statement } from './statement.ts';

const SIGNATURE = 'dev.cosignproject.cosign/signature';

/** Signs the image with a key, as cosign does with `--key`, and stores the signature beside it. */
export function signImage(name: string, digest: string, { privateKey }: KeyPair): void {
  const content = describeImage(name, digest);
  attach({
    name,
    digest,
    suffix: 'sig',
    content,
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    annotations: { [SIGNATURE]: signBytes(content, privateKey) },
  });
}

/** Throws if the signature in the registry is not of this key, or is about another image. */
export function verifyImage(name: string, digest: string, publicKey: string): void {
  const { content, annotations } = fetchAttached(name, digest, 'sig');
  if (!isSignedBy(content, annotations[SIGNATURE] ?? '', publicKey)) {
    throw new Error(`${name}@${digest}: the signature is not of this key`);
  }
  if (!content.equals(describeImage(name, digest)))
    throw new Error(`${name}@${digest}: the signature is about another`);
}

export type Attested = { readonly type: string; readonly predicate: object };

/** Signs a statement about the image with a key, and stores it beside the image, as cosign does. */
export function attestImage(name: string, digest: string, { type, predicate }: Attested, keys: KeyPair): void {
  const statement = makeStatement([{ name, digest: { sha256: digest.replace('sha256:', '') } }], type, predicate);
  attach({
    name,
    digest,
    suffix: 'att',
    content: Buffer.from(JSON.stringify(sealStatement(statement, keys.privateKey))),
    mediaType: 'application/vnd.dsse.envelope.v1+json',
    annotations: { predicateType: type, [SIGNATURE]: '' },
  });
}

/** The statement in the registry, if it is of this key and about this image. */
export function verifyAttestation(name: string, digest: string, type: string, publicKey: string): Statement {
  const envelope = JSON.parse(fetchAttached(name, digest, 'att').content.toString('utf8'));
  const statement = openStatement(envelope, publicKey, digest.replace('sha256:', ''));
  if (statement.predicateType !== type) throw new Error(`${name}@${digest}: ${statement.predicateType}, not ${type}`);
  return statement;
}
