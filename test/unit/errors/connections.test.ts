import { peerBeside } from '../../../src/vaults/aws/metadata.ts';
import { keyVault } from '../../../src/vaults/azure/explain.ts';
import { entraId as entra } from '../../../src/vaults/azure/explain-log-in.ts';
import { identityEndpoint as managedIdentity } from '../../../src/vaults/azure/log-in-managed-identity.ts';
import { conjurPeer } from '../../../src/vaults/conjur/account.ts';
import { secretManager as google } from '../../../src/vaults/gcp/explain.ts';
import { metadataServer } from '../../../src/vaults/gcp/log-in-metadata-server.ts';
import { oauth2Peer as oauth2 } from '../../../src/vaults/hcv/login-jwt.ts';
import { vaultPeer as vault } from '../../../src/vaults/hcv/vault-server.ts';
import { AnswerTooLargeError } from '../../../src/vaults/http/exchange.ts';
import { explainFault } from '../../../src/vaults/http/fault.ts';
import type { Peer } from '../../../src/vaults/http/http.ts';
import { ProxyError } from '../../../src/vaults/http/tunnel.ts';
import { describeErrors } from './told.ts';

/** What Node's client throws: a code of the system, of TLS or of its own. */
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

const beside = (name: string): Peer => peerBeside(name, 'AWS_CONTAINER_CREDENTIALS_FULL_URI');

const proxy = new URL('http://proxy.example.com:3128');
const tooLarge = new AnswerTooLargeError('');
const notHttp = fault('HPE_INVALID_CONSTANT');
const otherHost = fault('ERR_TLS_CERT_ALTNAME_INVALID');
const untrusted = fault('SELF_SIGNED_CERT_IN_CHAIN');
const noTls = fault('EPROTO');

describeErrors('what answers is something else', [
  [
    'Microsoft Entra ID: too much',
    () => at(entra, tooLarge),
    '78 another server answers in place of Microsoft Entra ID at host.example.com:8200: its answer is larger than 1 MiB | check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network; a proxy or a load balancer may answer in its place',
  ],
  [
    'Azure Key Vault: too much',
    () => at(keyVault, tooLarge),
    "78 another server answers in place of Azure Key Vault at host.example.com:8200: its answer is larger than 1 MiB | check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net; a proxy or a load balancer may answer in its place",
  ],
  [
    'Conjur: too much',
    () => at(conjurPeer, tooLarge),
    '78 another server answers in place of Conjur at host.example.com:8200: its answer is larger than 1 MiB | check KONG_VAULT_CONJUR_ENDPOINT_URL; a proxy or a load balancer may answer in its place',
  ],
  [
    'Google: too much',
    () => at(google, tooLarge),
    '78 another server answers in place of Google Secret Manager at host.example.com:8200: its answer is larger than 1 MiB | check HTTPS_PROXY and the DNS of this network; a proxy or a load balancer may answer in its place',
  ],
  [
    'an OAuth 2.0 server: too much',
    () => at(oauth2, tooLarge),
    '78 another server answers in place of the OAuth 2.0 server at host.example.com:8200: its answer is larger than 1 MiB | check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT; a proxy or a load balancer may answer in its place',
  ],
  [
    'Vault: too much',
    () => at(vault, tooLarge),
    '78 another server answers in place of Vault at host.example.com:8200: its answer is larger than 1 MiB | check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL; a proxy or a load balancer may answer in its place',
  ],
  [
    'Microsoft Entra ID: no HTTP',
    () => at(entra, notHttp),
    '78 Microsoft Entra ID at host.example.com:8200 does not speak HTTP | check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network; a proxy or a load balancer may answer in its place',
  ],
  [
    'Azure Key Vault: no HTTP',
    () => at(keyVault, notHttp),
    "78 Azure Key Vault at host.example.com:8200 does not speak HTTP | check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net; a proxy or a load balancer may answer in its place",
  ],
  [
    'Conjur: no HTTP',
    () => at(conjurPeer, notHttp),
    '78 Conjur at host.example.com:8200 does not speak HTTP | check KONG_VAULT_CONJUR_ENDPOINT_URL; a proxy or a load balancer may answer in its place',
  ],
  [
    'Google: no HTTP',
    () => at(google, notHttp),
    '78 Google Secret Manager at host.example.com:8200 does not speak HTTP | check HTTPS_PROXY and the DNS of this network; a proxy or a load balancer may answer in its place',
  ],
  [
    'an OAuth 2.0 server: no HTTP',
    () => at(oauth2, notHttp),
    '78 the OAuth 2.0 server at host.example.com:8200 does not speak HTTP | check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT; a proxy or a load balancer may answer in its place',
  ],
  [
    'Vault: no HTTP',
    () => at(vault, notHttp),
    '78 Vault at host.example.com:8200 does not speak HTTP | check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL; a proxy or a load balancer may answer in its place',
  ],
  [
    'Microsoft Entra ID: no TLS',
    () => at(entra, noTls),
    '78 Microsoft Entra ID at host.example.com:8200 does not speak TLS (EPROTO) | check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network; a proxy or a load balancer may answer in its place',
  ],
  [
    'Azure Key Vault: no TLS',
    () => at(keyVault, noTls),
    "78 Azure Key Vault at host.example.com:8200 does not speak TLS (EPROTO) | check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net; a proxy or a load balancer may answer in its place",
  ],
  [
    'Conjur: no TLS',
    () => at(conjurPeer, noTls),
    '78 Conjur at host.example.com:8200 does not speak TLS (EPROTO) | check KONG_VAULT_CONJUR_ENDPOINT_URL; a proxy or a load balancer may answer in its place',
  ],
  [
    'Google: no TLS',
    () => at(google, noTls),
    '78 Google Secret Manager at host.example.com:8200 does not speak TLS (EPROTO) | check HTTPS_PROXY and the DNS of this network; a proxy or a load balancer may answer in its place',
  ],
  [
    'an OAuth 2.0 server: no TLS',
    () => at(oauth2, noTls),
    '78 the OAuth 2.0 server at host.example.com:8200 does not speak TLS (EPROTO) | check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT; a proxy or a load balancer may answer in its place',
  ],
  [
    'Vault: no TLS',
    () => at(vault, noTls),
    '78 Vault at host.example.com:8200 does not speak TLS (EPROTO) | check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL; a proxy or a load balancer may answer in its place',
  ],
]);

describeErrors('a certificate', [
  [
    'of Microsoft Entra ID is for another host',
    () => at(entra, otherHost),
    '78 the certificate of Microsoft Entra ID at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check AZURE_AUTHORITY_HOST, HTTPS_PROXY and the DNS of this network; a proxy or a load balancer may answer in its place',
  ],
  [
    'of Azure Key Vault is for another host',
    () => at(keyVault, otherHost),
    "78 the certificate of Azure Key Vault at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check the vault's name in KONG_VAULT_AZURE_VAULT_URI, such as https://NAME.vault.azure.net; a proxy or a load balancer may answer in its place",
  ],
  [
    'of Conjur is for another host',
    () => at(conjurPeer, otherHost),
    '78 the certificate of Conjur at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check KONG_VAULT_CONJUR_ENDPOINT_URL; a proxy or a load balancer may answer in its place',
  ],
  [
    'of Google is for another host',
    () => at(google, otherHost),
    '78 the certificate of Google Secret Manager at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check HTTPS_PROXY and the DNS of this network; a proxy or a load balancer may answer in its place',
  ],
  [
    'of an OAuth 2.0 server is for another host',
    () => at(oauth2, otherHost),
    '78 the certificate of the OAuth 2.0 server at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT; a proxy or a load balancer may answer in its place',
  ],
  [
    'of Vault is for another host',
    () => at(vault, otherHost),
    '78 the certificate of Vault at host.example.com:8200 is for another host (ERR_TLS_CERT_ALTNAME_INVALID) | check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL; a proxy or a load balancer may answer in its place',
  ],
  [
    'of Microsoft Entra ID is not trusted',
    () => at(entra, untrusted),
    '78 the certificate of Microsoft Entra ID at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names',
  ],
  [
    "the container's credentials endpoint: no authority that is known",
    () => at(beside("the container's credentials endpoint"), untrusted),
    "78 the certificate of the container's credentials endpoint at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | put the certificate authority of a proxy or of your own endpoint into the file that AWS_CA_BUNDLE names",
  ],
  [
    'the instance metadata: no authority that is known',
    () => at(beside('the instance metadata'), untrusted),
    '78 the certificate of the instance metadata at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | put the certificate authority of a proxy or of your own endpoint into the file that AWS_CA_BUNDLE names',
  ],
  [
    'the ECS task metadata: no authority that is known',
    () => at(beside('the ECS task metadata'), untrusted),
    '78 the certificate of the ECS task metadata at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | put the certificate authority of a proxy or of your own endpoint into the file that AWS_CA_BUNDLE names',
  ],
  [
    'the managed identity endpoint: no authority that is known',
    () => at(managedIdentity, untrusted),
    '78 the certificate of the managed identity endpoint at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | put its certificate authority into the file that NODE_EXTRA_CA_CERTS names',
  ],
  [
    'Azure Key Vault: no authority that is known',
    () => at(keyVault, untrusted),
    '78 the certificate of Azure Key Vault at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names',
  ],
  [
    'the metadata server: no authority that is known',
    () => at(metadataServer, untrusted),
    '78 the certificate of the metadata server at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | it has no certificate',
  ],
  [
    'Google Secret Manager: no authority that is known',
    () => at(google, untrusted),
    '78 the certificate of Google Secret Manager at host.example.com:8200 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names',
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
    '75 Conjur at host.example.com:8200 closed the connection (ECONNRESET) | check KONG_VAULT_CONJUR_ENDPOINT_URL; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY; a server that asks for a client certificate closes a connection without one in the same way',
  ],
  [
    'is broken off, without TLS',
    () => at(conjurPeer, fault('ECONNRESET'), { url: 'http://host.example.com/' }),
    '75 Conjur at host.example.com closed the connection (ECONNRESET) | check KONG_VAULT_CONJUR_ENDPOINT_URL; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY; a server that speaks only TLS does the same',
  ],
  [
    'finds no way',
    () => at(conjurPeer, fault('EHOSTUNREACH')),
    '75 cannot reach Conjur at host.example.com:8200 (EHOSTUNREACH) | check KONG_VAULT_CONJUR_ENDPOINT_URL; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY',
  ],
  [
    'does not reach the proxy',
    () => at(google, new ProxyError(proxy, { cause: fault('ECONNREFUSED') })),
    '75 the proxy at proxy.example.com:3128 refuses connections (ECONNREFUSED) | check HTTPS_PROXY and HTTP_PROXY, with user and password where the proxy asks for them, or list the host in NO_PROXY; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY',
  ],
  [
    'does not trust the proxy',
    () => at(google, new ProxyError(proxy, { cause: untrusted })),
    '78 the certificate of the proxy at proxy.example.com:3128 is not trusted (SELF_SIGNED_CERT_IN_CHAIN) | add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE',
  ],
  [
    'needs a password at the proxy',
    () => at(google, new ProxyError(proxy, { status: 407 })),
    '77 the proxy refused the connection (status 407) | check HTTPS_PROXY and HTTP_PROXY, with user and password where the proxy asks for them, or list the host in NO_PROXY',
  ],
  [
    'fails behind the proxy',
    () => at(google, new ProxyError(proxy, { status: 502 })),
    '75 the proxy refused the connection (status 502) | check HTTPS_PROXY and HTTP_PROXY, with user and password where the proxy asks for them, or list the host in NO_PROXY',
  ],
]);
