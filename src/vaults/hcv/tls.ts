import { createSecureContext } from 'node:tls';
import { codeOf, SettingError } from '../../errors.ts';
import type { TlsOptions } from '../http/http.ts';
import { textOf } from '../text-of.ts';
import type { BackendWorld, VaultOptionValues } from '../vault.ts';
import { neededText } from './options.ts';

/**
 * TLS to Vault as Kong makes it: trust by `lua_ssl_trusted_certificate`, checked unless `ssl_verify` is off (Kong
 * 3.14), and our own certificate for `auth_method` cert. Throws SettingError for certificates that cannot be used.
 */
export function vaultTls(options: VaultOptionValues, world: BackendWorld): TlsOptions {
  const isSecure = textOf(options, 'protocol') === 'https';
  if (textOf(options, 'auth_method') === 'cert')
    return { ...trust(options, world), ...ownCertificate(options, isSecure) };
  return isSecure ? trust(options, world) : { authorities: [] };
}

/** Trust for what else is asked on the way, such as the endpoint of an OAuth 2.0 token. It is always checked. */
export function otherTls(world: BackendWorld): TlsOptions {
  return { authorities: world.trustedByKong() };
}

function trust(options: VaultOptionValues, world: BackendWorld): TlsOptions {
  if (options['ssl_verify'] !== false) return { authorities: world.trustedByKong() };
  world.log.warn('the hcv vault does not check the certificate of Vault, since its option ssl_verify is off');
  return { authorities: [], verify: false };
}

function ownCertificate(options: VaultOptionValues, isSecure: boolean): TlsOptions {
  const needer = 'auth_method cert';
  const cert = neededText(options, 'cert_auth_cert', needer);
  const key = neededText(options, 'cert_auth_cert_key', needer);
  if (!isSecure) {
    throw new SettingError('auth_method cert shows a certificate, and protocol http has none to show', {
      hint: 'set KONG_VAULT_HCV_PROTOCOL=https',
    });
  }
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new SettingError(`cert_auth_cert and cert_auth_cert_key are no certificate and its key (${codeOf(error)})`, {
      hint: 'give the contents of the PEM files, not their paths, line breaks included, and a key without a passphrase',
    });
  }
  return { clientCertificate: { cert, key } };
}
