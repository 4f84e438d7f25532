import { keyVault } from '../../../src/vaults/azure/explain.ts';
import { entraId as entra } from '../../../src/vaults/azure/explain-log-in.ts';
import { conjurPeer } from '../../../src/vaults/conjur/account.ts';
import { secretManager as google } from '../../../src/vaults/gcp/explain.ts';
import { oauth2Peer as oauth2 } from '../../../src/vaults/hcv/login-jwt.ts';
import { vaultPeer as vault } from '../../../src/vaults/hcv/vault-server.ts';
import { explainFault } from '../../../src/vaults/http/fault.ts';
import type { Peer } from '../../../src/vaults/http/http.ts';
import { AnswerTooLargeError } from '../../../src/vaults/read-body.ts';
import { describeErrors } from './told.ts';

/** What undici throws: a code of the system, of TLS or of its own. */
function fault(code: string, message = ''): Error {
  return Object.assign(new Error(message), { code });
}

function at(
  peer: Peer,
  thrown: Error,
  { url = 'https://host.example.com:8200/v1/secret', isLate = false } = {},
): unknown {
  return explainFault(thrown, { question: { peer, method: 'GET', url: new URL(url) }, timeoutMs: 10_000, isLate });
}

const tooLarge = new AnswerTooLargeError('');
const notHttp = Object.assign(new Error(), { name: 'HTTPParserError' });
const otherHost = fault('ERR_TLS_CERT_ALTNAME_INVALID');
const untrusted = fault('SELF_SIGNED_CERT_IN_CHAIN');
const noTls = fault('EPROTO');

describeErrors('what answers is something else', [
  [
    'Microsoft Entra ID: too much',
    () => at(entra, tooLarge),
    '78 what answers as Microsoft Entra ID at host.example.com:8200 is something else: its answer is larger than 1 MiB | check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network',
  ],
  [
    'Azure Key Vault: too much',
    () => at(keyVault, tooLarge),
    "78 what answers as Azure Key Vault at host.example.com:8200 is something else: its answer is larger than 1 MiB | check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net",
  ],
  [
    'Conjur: too much',
    () => at(conjurPeer, tooLarge),
    '78 what answers as Conjur at host.example.com:8200 is something else: its answer is larger than 1 MiB | check KONG_VAULT_CONJUR_ENDPOINT_URL',
  ],
  [
    'Google: too much',
    () => at(google, tooLarge),
    '78 what answers as Google Secret Manager at host.example.com:8200 is something else: its answer is larger than 1 MiB | check HTTPS_PROXY and the DNS of this network',
  ],
  [
    'an OAuth 2.0 server: too much',
    () => at(oauth2, tooLarge),
    '78 what answers as the OAuth 2.0 server at host.example.com:8200 is something else: its answer is larger than 1 MiB | check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT',
  ],
  [
    'Vault: too much',
    () => at(vault, tooLarge),
    '78 what answers as Vault at host.example.com:8200 is something else: its answer is larger than 1 MiB | check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL',
  ],
  [
    'Microsoft Entra ID: no HTTP',
    () => at(entra, notHttp),
    '78 what answers as Microsoft Entra ID at host.example.com:8200 does not speak HTTP | check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network',
  ],
  [
    'Azure Key Vault: no HTTP',
    () => at(keyVault, notHttp),
    "78 what answers as Azure Key Vault at host.example.com:8200 does not speak HTTP | check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net",
  ],
  [
    'Conjur: no HTTP',
    () => at(conjurPeer, notHttp),
    '78 what answers as Conjur at host.example.com:8200 does not speak HTTP | check KONG_VAULT_CONJUR_ENDPOINT_URL',
  ],
  [
    'Google: no HTTP',
    () => at(google, notHttp),
    '78 what answers as Google Secret Manager at host.example.com:8200 does not speak HTTP | check HTTPS_PROXY and the DNS of this network',
  ],
  [
    'an OAuth 2.0 server: no HTTP',
    () => at(oauth2, notHttp),
    '78 what answers as the OAuth 2.0 server at host.example.com:8200 does not speak HTTP | check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT',
  ],
  [
    'Vault: no HTTP',
    () => at(vault, notHttp),
    '78 what answers as Vault at host.example.com:8200 does not speak HTTP | check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL',
  ],
  [
    'Microsoft Entra ID: no TLS',
    () => at(entra, noTls),
    '78 what answers as Microsoft Entra ID at host.example.com:8200 does not speak TLS (EPROTO) | check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network',
  ],
  [
    'Azure Key Vault: no TLS',
    () => at(keyVault, noTls),
    "78 what answers as Azure Key Vault at host.example.com:8200 does not speak TLS (EPROTO) | check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net",
  ],
  [
    'Conjur: no TLS',
    () => at(conjurPeer, noTls),
    '78 what answers as Conjur at host.example.com:8200 does not speak TLS (EPROTO) | check KONG_VAULT_CONJUR_ENDPOINT_URL',
  ],
  [
    'Google: no TLS',
    () => at(google, noTls),
    '78 what answers as Google Secret Manager at host.example.com:8200 does not speak TLS (EPROTO) | check HTTPS_PROXY and the DNS of this network',
  ],
  [
    'an OAuth 2.0 server: no TLS',
    () => at(oauth2, noTls),
    '78 what answers as the OAuth 2.0 server at host.example.com:8200 does not speak TLS (EPROTO) | check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT',
  ],
  [
    'Vault: no TLS',
    () => at(vault, noTls),
    '78 what answers as Vault at host.example.com:8200 does not speak TLS (EPROTO) | check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL',
  ],
]);

describeErrors('a certificate', [
  [
    'of Microsoft Entra ID is for another host',
    () => at(entra, otherHost),
    '78 the certificate of Microsoft Entra ID at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network',
  ],
  [
    'of Azure Key Vault is for another host',
    () => at(keyVault, otherHost),
    "78 the certificate of Azure Key Vault at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net",
  ],
  [
    'of Conjur is for another host',
    () => at(conjurPeer, otherHost),
    '78 the certificate of Conjur at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check KONG_VAULT_CONJUR_ENDPOINT_URL',
  ],
  [
    'of Google is for another host',
    () => at(google, otherHost),
    '78 the certificate of Google Secret Manager at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check HTTPS_PROXY and the DNS of this network',
  ],
  [
    'of an OAuth 2.0 server is for another host',
    () => at(oauth2, otherHost),
    '78 the certificate of the OAuth 2.0 server at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT',
  ],
  [
    'of Vault is for another host',
    () => at(vault, otherHost),
    '78 the certificate of Vault at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL',
  ],
  [
    'of Microsoft Entra ID is not trusted',
    () => at(entra, untrusted),
    '78 the certificate of Microsoft Entra ID at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names',
  ],
  [
    'of Conjur is not trusted',
    () => at(conjurPeer, untrusted),
    '78 the certificate of Conjur at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE, and check that KONG_VAULT_CONJUR_ENDPOINT_URL has the name that is in the certificate',
  ],
  [
    'of an OAuth 2.0 server is not trusted',
    () => at(oauth2, untrusted),
    '78 the certificate of the OAuth 2.0 server at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE',
  ],
  [
    'of Vault is not trusted',
    () => at(vault, untrusted),
    '78 the certificate of Vault at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE: Kong itself trusts no other',
  ],
  [
    'has expired',
    () => at(vault, fault('CERT_HAS_EXPIRED')),
    '78 the certificate of Vault at host.example.com:8200 has expired (CERT_HAS_EXPIRED) | renew it, and check the clock of this machine',
  ],
  [
    'of ours is asked for',
    () => at(vault, fault('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')),
    '77 Vault at host.example.com:8200 refused the TLS connection (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED) | it may ask for a client certificate, or not accept the one that it was given',
  ],
]);

describeErrors('a connection', [
  [
    'takes too long',
    () => at(conjurPeer, new Error(), { isLate: true }),
    '75 Conjur at host.example.com:8200 gave no complete answer within 10.0 s | check KONG_VAULT_CONJUR_ENDPOINT_URL; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY',
  ],
  [
    'has no address',
    () => at(vault, fault('ENOTFOUND')),
    '75 the name host.example.com of Vault cannot be resolved (ENOTFOUND) | check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY',
  ],
  [
    'is refused',
    () => at(conjurPeer, fault('ECONNREFUSED')),
    '75 Conjur at host.example.com:8200 refuses connections (ECONNREFUSED) | check KONG_VAULT_CONJUR_ENDPOINT_URL; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY',
  ],
  [
    'is broken off, with TLS',
    () => at(conjurPeer, fault('ECONNRESET')),
    '75 Conjur at host.example.com:8200 broke the connection off (ECONNRESET) | check KONG_VAULT_CONJUR_ENDPOINT_URL; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY; a server that asks for a client certificate ends a connection without it like this, too',
  ],
  [
    'is broken off, without TLS',
    () => at(conjurPeer, fault('ECONNRESET'), { url: 'http://host.example.com/' }),
    '75 Conjur at host.example.com broke the connection off (ECONNRESET) | check KONG_VAULT_CONJUR_ENDPOINT_URL; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY; a server that speaks only TLS does so, too',
  ],
  [
    'finds no way',
    () => at(conjurPeer, fault('EHOSTUNREACH')),
    '75 cannot reach Conjur at host.example.com:8200 (EHOSTUNREACH) | check KONG_VAULT_CONJUR_ENDPOINT_URL; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY',
  ],
  [
    'is not let through by the proxy',
    () => at(google, fault('UND_ERR_PRX_TLS')),
    '75 the proxy refused the connection (UND_ERR_PRX_TLS) | check HTTPS_PROXY and HTTP_PROXY, with user and password where the proxy asks for them, or list the host in NO_PROXY',
  ],
  [
    'needs a password at the proxy',
    () => at(google, new Error('Proxy Authentication Required (407)')),
    '77 the proxy refused the connection (status 407) | check HTTPS_PROXY and HTTP_PROXY, with user and password where the proxy asks for them, or list the host in NO_PROXY',
  ],
  [
    'fails behind the proxy',
    () => at(google, new Error('Proxy response (502) !== 200 when HTTP Tunneling')),
    '75 the proxy refused the connection (status 502) | check HTTPS_PROXY and HTTP_PROXY, with user and password where the proxy asks for them, or list the host in NO_PROXY',
  ],
]);
