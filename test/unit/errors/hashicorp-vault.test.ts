import { after, before } from 'node:test';
import { createLog } from '../../../src/log.ts';
import { explainFetch } from '../../../src/vaults/hcv/explain.ts';
import { explainLogIn } from '../../../src/vaults/hcv/explain-log-in.ts';
import { openTokens } from '../../../src/vaults/hcv/log-in.ts';
import { prepareLogin as prepareApprole } from '../../../src/vaults/hcv/login-approle.ts';
import { prepareLogin as prepareAwsIam } from '../../../src/vaults/hcv/login-aws-iam.ts';
import { prepareLogin as prepareCert } from '../../../src/vaults/hcv/login-cert.ts';
import { prepareLogin as prepareJwt } from '../../../src/vaults/hcv/login-jwt.ts';
import { prepareLogin as prepareKubernetes } from '../../../src/vaults/hcv/login-kubernetes.ts';
import type { VaultAnswer } from '../../../src/vaults/hcv/vault-answer.ts';
import { encodePath, secretPath } from '../../../src/vaults/hcv/vault-path.ts';
import { type VaultServer, vaultTls } from '../../../src/vaults/hcv/vault-server.ts';
import type { BackendWorld } from '../../../src/vaults/vault.ts';
import { type LoopbackServer, startLoopbackServer } from '../../emulators/loopback-server.ts';
import { describeErrors } from './told.ts';

const place = 'Vault at vault.example.com:8200';
const server: VaultServer = {
  place,
  namespace: undefined,
  ask: () => Promise.reject(),
  close: () => Promise.resolve(),
};
const inTeam: VaultServer = { ...server, namespace: 'team' };
const world: BackendWorld = {
  environment: {},
  signal: new AbortController().signal,
  log: createLog({ level: 'error', format: 'text', write: () => undefined, now: Date.now }),
  trustedByKong: () => [],
};

function answer(status: number, more: Partial<VaultAnswer> = {}): VaultAnswer {
  return { status, location: undefined, object: {}, text: '', errors: [], warnings: [], ...more };
}

function saying(status: number, error: string): VaultAnswer {
  return answer(status, { errors: [error] });
}

const path = secretPath({ secretId: 'kong/database', version: undefined }, { kv: 'v1', mount: 'secret' });
const path2 = secretPath({ secretId: 'kong/database', version: '3' }, { kv: 'v2', mount: 'kv' });
const reading = { path, token: 's3cr3t', method: 'token', server };
const reading2 = { path: path2, token: 's3cr3t', method: 'approle', server: inTeam };
const metadata = (destroyed: boolean) =>
  answer(404, { object: { data: { data: null, metadata: { version: 3, destroyed } } } });

describeErrors('Vault cannot serve', [
  [
    'for it redirects',
    () => explainFetch(answer(307, { location: 'https://other:8200/v1/x' }), reading),
    '78 Vault at vault.example.com:8200 redirects to other:8200 (status 307), and a redirect is not followed | a standby node redirects to the active one: let KONG_VAULT_HCV_HOST name the active node, or a load balancer that asks /v1/sys/health; else check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL',
  ],
  [
    'for it redirects nowhere',
    () => explainFetch(answer(301), reading),
    '78 Vault at vault.example.com:8200 redirects (status 301), and a redirect is not followed | a standby node redirects to the active one: let KONG_VAULT_HCV_HOST name the active node, or a load balancer that asks /v1/sys/health; else check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL',
  ],
  [
    'for its data is old',
    () => explainFetch(answer(412), reading),
    '75 Vault at vault.example.com:8200 has not received the newest data yet (status 412) | try again; this node follows another one',
  ],
  [
    'for there are too many requests',
    () => explainFetch(answer(429), reading),
    '75 Vault at vault.example.com:8200 limits the rate of requests, or is a standby node (status 429) | start fewer containers at once; or let KONG_VAULT_HCV_HOST name the active node, or a load balancer that asks /v1/sys/health',
  ],
  [
    'for it is there for disasters',
    () => explainFetch(answer(472), reading),
    '75 Vault at vault.example.com:8200 is a disaster recovery secondary, which serves no secrets (status 472) | let KONG_VAULT_HCV_HOST name the active node, or a load balancer that asks /v1/sys/health',
  ],
  [
    'for it is a standby',
    () => explainFetch(answer(473), reading),
    '75 Vault at vault.example.com:8200 is a performance standby that does not answer this (status 473) | let KONG_VAULT_HCV_HOST name the active node, or a load balancer that asks /v1/sys/health',
  ],
  [
    'for it is new',
    () => explainFetch(answer(501), reading),
    '75 Vault at vault.example.com:8200 is not initialized (status 501) | initialize it: vault operator init',
  ],
  [
    'for it is sealed',
    () => explainFetch(saying(503, 'Vault is sealed'), reading),
    '75 Vault at vault.example.com:8200 is sealed (status 503) | unseal it: vault operator unseal',
  ],
  [
    'for it failed',
    () => explainFetch(answer(500), reading),
    '75 Vault at vault.example.com:8200 failed (status 500) | check the log of Vault',
  ],
  [
    'for it speaks TLS',
    () =>
      explainFetch(
        answer(400, { object: undefined, text: 'Client sent an HTTP request to an HTTPS server.' }),
        reading,
      ),
    '78 Vault at vault.example.com:8200 speaks TLS, and the option protocol is http | set KONG_VAULT_HCV_PROTOCOL=https',
  ],
  [
    'for it is none',
    () => explainFetch(answer(200, { object: undefined }), reading),
    '78 another server answers in place of Vault at vault.example.com:8200 (status 200, no JSON) | check KONG_VAULT_HCV_HOST, KONG_VAULT_HCV_PORT, KONG_VAULT_HCV_PROTOCOL, and HTTPS_PROXY',
  ],
]);

describeErrors('a secret of Vault', [
  [
    'is not served',
    () => explainFetch(saying(405, 'unsupported operation'), reading),
    '78 Vault at vault.example.com:8200 does not serve secret "kong/database" of the engine secret (status 405): unsupported operation | check the reference and the options of the hcv vault',
  ],
  [
    'is kept in versions, which the option kv denies',
    () => explainFetch(answer(404, { warnings: ['Invalid path for a versioned K/V secrets engine'] }), reading),
    '78 the engine secret keeps versions (KV version 2), and the option kv is v1; Vault warns: Invalid path for a versioned K/V secrets engine | set KONG_VAULT_HCV_KV=v2, and leave data/ out of the reference',
  ],
  [
    'has an engine that is not there',
    () => explainFetch(saying(404, 'no handler for route "kv/"'), reading2),
    '78 Vault at vault.example.com:8200 has no secrets engine kv in namespace team | check KONG_VAULT_HCV_MOUNT and KONG_VAULT_HCV_NAMESPACE',
  ],
  [
    'has a mount that is too long',
    () => explainFetch(answer(404, { warnings: ['Invalid path for a versioned K/V secrets engine'] }), reading2),
    '78 kv is not the path of a secrets engine of Vault at vault.example.com:8200, but of something in one | set KONG_VAULT_HCV_MOUNT to the path of the engine alone; what follows belongs to the reference',
  ],
  [
    'is not there (version 1)',
    () => explainFetch(answer(404), reading),
    `66 secret "kong/database" of the engine secret not found | check its path and KONG_VAULT_HCV_MOUNT; the last part of a reference's path is the key, not the name; set KONG_VAULT_HCV_KV=v2 if the engine keeps versions`,
  ],
  [
    'is not there (version 2)',
    () => explainFetch(answer(404), reading2),
    `66 secret "kong/database" of the engine kv in namespace team in version 3 not found | check its path and KONG_VAULT_HCV_MOUNT; the last part of a reference's path is the key, not the name; set KONG_VAULT_HCV_KV=v1 if the engine keeps no versions`,
  ],
  [
    'is destroyed',
    () => explainFetch(metadata(true), reading2),
    '66 version 3 of secret "kong/database" of the engine kv in namespace team is destroyed | store the secret again: vault kv put',
  ],
  [
    'is deleted',
    () => explainFetch(metadata(false), reading2),
    '66 version 3 of secret "kong/database" of the engine kv in namespace team is deleted | bring it back (vault kv undelete -versions=...), store a new one, or refer to another version with #',
  ],
  [
    'is asked for with a token that is none',
    () => explainFetch(saying(403, 'invalid token'), reading2),
    '77 Vault at vault.example.com:8200 rejects the token (auth_method approle) in namespace team | the token is wrong, expired, revoked, used up (num_uses), or of another namespace: give a new one',
  ],
  [
    'may not be read',
    () => explainFetch(saying(403, 'permission denied'), reading),
    '77 Vault at vault.example.com:8200 does not let us read secret "kong/database" of the engine secret (auth_method token) | allow it to the token: path "secret/kong/database" { capabilities = ["read"] }; check too KONG_VAULT_HCV_KV, KONG_VAULT_HCV_NAMESPACE, and whether a token of auth_method token has expired',
  ],
  [
    'is of another kind',
    () => explainFetch(answer(200), reading2),
    '78 what Vault at vault.example.com:8200 has at kv/data/kong/database is not a secret of the KV engine, version 2 | check KONG_VAULT_HCV_KV and KONG_VAULT_HCV_MOUNT',
  ],
  [
    'has a version, which version 1 has not',
    () => secretPath({ secretId: 'kong', version: '2' }, { kv: 'v1', mount: 'secret' }),
    '78 the reference names a version, and the KV engine of version 1 keeps only the latest | remove # and what follows from the reference; or, for an engine of version 2, set KONG_VAULT_HCV_KV=v2',
  ],
  [
    'has a version that is none',
    () => secretPath({ secretId: 'kong', version: '1.5' }, { kv: 'v2', mount: 'kv' }),
    '78 the hcv vault has no such version | write the number of a version after #, such as #3, or nothing for the latest',
  ],
  [
    'climbs',
    () => encodePath('../sys', "the secret's path"),
    "78 the secret's path has a part that is empty, . or .. | write the path as Vault knows it: names with one / between them",
  ],
]);

const approle = prepareApprole({ approle_role_id: 'role', approle_secret_id: 'hunter2', approle_auth_path: 'approle' });
const kubernetes = prepareKubernetes({
  kube_role: 'kong',
  kube_auth_path: 'kubernetes',
  kube_api_token_file: import.meta.filename,
});
const awsIam = {
  aws_auth_region: 'eu-central-1',
  aws_access_key_id: 'AKIAKONG',
  aws_secret_access_key: 'hunter2',
  aws_login_path: 'v1/auth/aws/login',
};

describeErrors('a login to Vault', [
  [
    'has no method there',
    () => explainLogIn(answer(404), approle, server),
    '78 Vault at vault.example.com:8200 has no auth method at auth/approle/login (status 404) | enable it in Vault, or correct its path; check KONG_VAULT_HCV_NAMESPACE too',
  ],
  [
    'has no method in that namespace',
    () => explainLogIn(answer(404), approle, inTeam),
    '78 Vault at vault.example.com:8200 has no auth method at auth/approle/login in namespace team (status 404) | enable it in Vault, or correct its path; check KONG_VAULT_HCV_NAMESPACE too',
  ],
  [
    'gives no token',
    () => explainLogIn(answer(200), approle, server),
    '78 Vault at vault.example.com:8200 answered the login at auth/approle/login without a token | check the path of the auth method, and that the login needs no second factor (MFA)',
  ],
  [
    'by approle is refused',
    () => explainLogIn(saying(400, 'invalid role or secret ID'), approle, server),
    '77 Vault at vault.example.com:8200 refused the login at auth/approle/login (status 400) | check the role id and the secret id: one that is expired, or was good for few logins (secret_id_num_uses) and is used up, is refused too; this start takes one login, Kong further ones',
  ],
  [
    'by a certificate is refused',
    () => explainLogIn(saying(400, 'no chain matching'), prepareCert({}), server),
    '77 Vault at vault.example.com:8200 refused the login at auth/cert/login (status 400): no chain matching | check the certificate role in Vault: its certificate or authority, its allowed names, and that nothing in between ends the TLS connection',
  ],
  [
    'of a pod is refused',
    () => explainLogIn(saying(403, 'permission denied'), kubernetes, server),
    '77 Vault at vault.example.com:8200 refused the login at auth/kubernetes/login (status 403): permission denied | check the role "kong" in Vault: its bound service account, namespace and audience must be those of this pod; and that Vault may review tokens of this cluster',
  ],
  [
    'by AWS is refused',
    async () => explainLogIn(answer(403), await prepareAwsIam(awsIam, world), server),
    '77 Vault at vault.example.com:8200 refused the login at auth/aws/login (status 403) | check the role in Vault: its bound IAM principal must be this one; and that auth/aws is set up for STS in eu-central-1 (sts_endpoint, sts_region), without an iam_server_id_header_value, which Kong cannot send',
  ],
  [
    'by a wrapped secret id would spend it',
    () => prepareApprole({ approle_response_wrapping: true }),
    '78 the secret id is wrapped (approle_response_wrapping), and the token that unwraps it works once: used here, Kong could not start with it | give the secret id itself, with KONG_VAULT_HCV_APPROLE_SECRET_ID_FILE, and KONG_VAULT_HCV_APPROLE_RESPONSE_WRAPPING=off; or run the migrations where the references are not needed',
  ],
  [
    'by AWS has half a key',
    () => prepareAwsIam({ aws_auth_region: 'eu-central-1', aws_access_key_id: 'AKIAKONG' }, world),
    '78 aws_access_key_id and aws_secret_access_key are a pair, and one of them is not set | set both KONG_VAULT_HCV_AWS_ACCESS_KEY_ID and KONG_VAULT_HCV_AWS_SECRET_ACCESS_KEY, or neither',
  ],
  [
    'by a certificate has none',
    () =>
      vaultTls(
        { auth_method: 'cert', protocol: 'https', cert_auth_cert: 'hunter2', cert_auth_cert_key: 'hunter2' },
        world,
      ),
    '78 cert_auth_cert and cert_auth_cert_key are not a certificate and its key (ERR_OSSL_PEM_NO_START_LINE) | give the contents of the PEM files, not their paths, line breaks included, and a key without a passphrase',
  ],
  [
    'by a token has none that can be one',
    () => openTokens({ options: { token: 'hunter2 hunter2' }, server, world, tls: {} }),
    '78 the option token holds a character that no token of Vault has | check KONG_VAULT_HCV_TOKEN: it may contain a space',
  ],
]);

let oauth2: LoopbackServer;
const next = { status: 200, body: '{}' };
before(async () => {
  oauth2 = await startLoopbackServer((_, response) => {
    response.writeHead(next.status, { 'content-type': 'application/json' }).end(next.body);
  });
});
after(() => oauth2.close());

/** A login by an access token, of which the server says this. */
async function byJwt(status: number, body: string): Promise<unknown> {
  Object.assign(next, { status, body });
  const options = {
    jwt_role: 'kong',
    oauth2_client_id: 'kong',
    oauth2_client_secret: 'hunter2',
    oauth2_token_endpoint: `${oauth2.url}/token`,
  };
  return explainLogIn(saying(400, 'audience claim does not match'), await prepareJwt(options, world), server);
}

describeErrors('a login to Vault by an access token', [
  [
    'is refused',
    () => byJwt(200, '{"access_token":"hunter2"}'),
    '77 Vault at vault.example.com:8200 refused the login at auth/jwt/login (status 400): audience claim does not match | check the role "kong" in Vault: its bound audiences, subject and claims must be those of the access token; and that auth/jwt knows the keys of its issuer',
  ],
  [
    'gets none in time',
    () => byJwt(503, '{}'),
    '75 the OAuth 2.0 server at 127.0.0.1:PORT failed (status 503) | try again later',
  ],
  [
    'is asked for too often',
    () => byJwt(429, '{}'),
    '75 the OAuth 2.0 server at 127.0.0.1:PORT limits the rate of requests | start fewer containers at once, or try again later',
  ],
  [
    'gets none',
    () => byJwt(400, '{"error":"invalid_client"}'),
    '77 the OAuth 2.0 server at 127.0.0.1:PORT gave no access token (status 400, invalid_client) | check KONG_VAULT_HCV_OAUTH2_CLIENT_ID, its secret and KONG_VAULT_HCV_OAUTH2_AUDIENCES; the client needs the client credentials grant, with HTTP Basic',
  ],
  [
    'asks something else',
    () => byJwt(404, '{}'),
    '78 the OAuth 2.0 server at 127.0.0.1:PORT gave no access token (status 404) | check KONG_VAULT_HCV_OAUTH2_TOKEN_ENDPOINT',
  ],
]);
