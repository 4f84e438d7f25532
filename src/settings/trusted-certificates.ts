import { statSync } from 'node:fs';
import { SettingError } from '../errors.ts';
import { readTextFile, UnreadableFileError } from '../process/read-file.ts';

/** Where Kong looks for the certificates that `system` stands for (conf_loader/constants.lua, 3.9). */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const settingKey = 'lua_ssl_trusted_certificate';

/**
 * The certificate authorities that `lua_ssl_trusted_certificate` names: `system`, paths, PEM texts, base64 of PEM texts. Throws
 * SettingError for an element that is none of these.
 */
export function readTrustedCertificates(elements: readonly string[]): string[] {
  return elements.map((element) => {
    if (element === 'system') return readSystemBundle();
    if (isPem(element)) return element;
    const decoded = Buffer.from(element, 'base64').toString('utf8');
    return isPem(decoded) ? decoded : readPemFile(element);
  });
}

function readSystemBundle(): string {
  const path = systemBundles.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
  if (path !== undefined) return readPemFile(path);
  throw new SettingError('the value is system, and the image has no system certificate bundle', {
    settingKey,
    hint: 'install ca-certificates in the image, or name the file of the certificate authority',
  });
}

function readPemFile(path: string): string {
  try {
    const text = readTextFile(path);
    if (isPem(text)) return text;
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
  }
  throw new SettingError('an element is neither system, a readable file of certificates, nor a certificate', {
    settingKey,
    hint: 'give a comma list of: system, the path of a PEM file, a PEM text, or base64 of a PEM text',
  });
}

function isPem(text: string): boolean {
  return text.includes('-----BEGIN ') && text.includes('CERTIFICATE-----');
}
