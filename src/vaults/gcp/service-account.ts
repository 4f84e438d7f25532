import { createPrivateKey } from 'node:crypto';
import { SettingError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import type { AccessToken } from '../access-token.ts';
import { fieldOf, parseJson } from '../json.ts';

/** A token, with the e-mail of its service account for the words of an error; undefined where that cannot be found out. */
export type AccountToken = AccessToken & { principal(): Promise<string | undefined> };

/** The key of a service account, as the JSON text that Google gives out holds it. */
export type ServiceAccount = { readonly email: string; readonly privateKey: Secret };

/** Reads the text of `GCP_SERVICE_ACCOUNT`. Throws a SettingError that says what is wrong with it, and nothing of its content. */
export function readServiceAccount(text: string): ServiceAccount {
  const json = parseJson(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw unusable(
      'this is no JSON object',
      text.startsWith('/') ? 'give the text of the key file, not its path' : 'give the text of the key file as it is',
    );
  }
  if (fieldOf(json, 'type') !== 'service_account') {
    throw unusable('this is not the key of a service account', 'Kong takes a key whose type is service_account only');
  }
  const [email, key] = [fieldOf(json, 'client_email'), fieldOf(json, 'private_key')];
  if (typeof email !== 'string' || !isEmail(email)) throw incomplete('client_email');
  if (typeof key !== 'string' || key === '') throw incomplete('private_key');
  if (!isRsaKey(key)) {
    throw unusable(
      'its private_key is no RSA key in PEM',
      'the line breaks of private_key are written \\n in the JSON text; create the key anew if it is damaged',
    );
  }
  return { email, privateKey: new Secret(key) };
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function incomplete(name: string): SettingError {
  return unusable(`it has no usable ${name}`, 'give the whole text of the key file, as Google gave it out');
}

function unusable(sentence: string, hint: string): SettingError {
  return new SettingError(sentence, { subject: 'GCP_SERVICE_ACCOUNT', hint });
}

/** Whether a text has the form of a service account's e-mail. */
export function isEmail(text: string): boolean {
  return /^[\w.+-]{1,100}@[\w.-]{1,100}$/.test(text);
}
