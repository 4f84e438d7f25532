import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

export type Claims = Readonly<Record<string, unknown>>;

/** Who makes JSON Web Tokens (ES256), and knows its own. */
export type Issuer = {
  readonly name: string;
  /** A token with these claims, by default good for a minute. */
  issue(claims: Claims): string;
  /** A token with these claims and no other. */
  sign(claims: Claims): string;
  /** The claims of a token that this issuer made and that has not expired; undefined for any other text. */
  read(token: string): Claims | undefined;
  /** The claims of a token that this issuer signed, whatever they are; undefined for any other text. */
  verify(token: string): Claims | undefined;
};

export function createIssuer(name: string): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  function signClaims(claims: Claims): string {
    const parts = [{ alg: 'ES256', typ: 'JWT' }, claims];
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  return {
    name,
    issue(claims) {
      const now = Math.floor(Date.now() / 1000);
      return signClaims({ iss: name, iat: now, exp: now + 60, ...claims });
    },
    sign: signClaims,
    read(token) {
      const claims = readClaims(token, publicKey);
      return claims?.['iss'] === name && Number(claims['exp']) * 1000 > Date.now() ? claims : undefined;
    },
    verify: (token) => readClaims(token, publicKey),
  };
}

function readClaims(token: string, key: KeyObject): Claims | undefined {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const signed = Buffer.from(`${header}.${payload}`);
  const isSigned = verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  return isSigned ? JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) : undefined;
}
