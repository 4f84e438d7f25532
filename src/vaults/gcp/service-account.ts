import { createPrivateKey } from 'node:crypto';
import { SettingError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import type { AccessToken } from '../access-token.ts';
import { fieldOf, parseJson } from '../json.ts';

/** What a token may be used for: every API, as Secret Manager demands; or a login to Cloud SQL, and nothing else. */
export const scopes = {
  platform: 'https://www.googleapis.com/auth/cloud-platform',
  database: 'https://www.googleapis.com/auth/sqlservice.login',
} as const;

/** A token, with the e-mail of its service account for the words of an error; undefined where that cannot be found out. */
export type AccountToken = AccessToken & { principal(): Promise<string | undefined> };

/** Where the key of a service account stands: the variable, and Kong's key where it is a setting of Kong's. */
export type KeyOrigin = { readonly variable: string; readonly settingKey?: string };

/** The key of a service account, as the JSON text that Google gives out holds it. */
export type ServiceAccount = { readonly email: string; readonly privateKey: Secret; readonly origin: KeyOrigin };

/** Reads the JSON text. Throws a SettingError that says what is wrong with it, and nothing of its content. */
export function readServiceAccount(text: string, origin: KeyOrigin): ServiceAccount {
  const { variable, settingKey } = origin;
  const unusable = (sentence: string, hint: string): SettingError =>
    new SettingError(sentence, { ...(settingKey === undefined ? { subject: variable } : { settingKey }), hint });
  const json = parseJson(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw unusable(
      'this is not a JSON object',
      text.startsWith('/') ? 'give the text of the key file, not its path' : 'give the text of the key file as it is',
    );
  }
  if (fieldOf(json, 'type') !== 'service_account') {
    throw unusable('this is not the key of a service account', 'Kong takes a key whose type is service_account only');
  }
  const [email, key] = [fieldOf(json, 'client_email'), fieldOf(json, 'private_key')];
  const whole = 'give the whole text of the key file, as Google issued it';
  if (typeof email !== 'string' || !isEmail(email)) throw unusable('it has no usable client_email', whole);
  if (typeof key !== 'string' || key === '') throw unusable('it has no usable private_key', whole);
  if (!isRsaKey(key)) {
    throw unusable(
      'its private_key is not an RSA key in PEM',
      'the line breaks of private_key are written \\n in the JSON text; create a new key if this one is damaged',
    );
  }
  return { email, privateKey: new Secret(key), origin };
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

/** Whether a text has the form of a service account's e-mail. */
export function isEmail(text: string): boolean {
  return /^[\w.+-]{1,100}@[\w.-]{1,100}$/.test(text);
}
