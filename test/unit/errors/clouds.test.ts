import { createLog } from '../../../src/log.ts';
import { Secret } from '../../../src/secret.ts';
import { type AwsCall, explainAwsError } from '../../../src/vaults/aws/explain.ts';
import { explainLogIn as explainEntraId } from '../../../src/vaults/azure/explain-log-in.ts';
import { azureBackend } from '../../../src/vaults/azure/options.ts';
import {
  explainLogIn as explainConjurLogIn,
  explainFetch as explainVariable,
  notConjur,
} from '../../../src/vaults/conjur/explain.ts';
import { explainLogIn as explainGoogle } from '../../../src/vaults/gcp/explain-log-in.ts';
import type { BackendWorld } from '../../../src/vaults/vault.ts';
import { describeErrors } from './told.ts';

const call: AwsCall = {
  service: 'AWS Secrets Manager',
  action: 'secretsmanager:GetSecretValue',
  target: 'secret "kong-gateway-database"',
  resource: 'arn:aws:secretsmanager:eu-central-1:<account>:secret:kong-gateway-database-??????',
  stage: 'AWSCURRENT',
  region: { name: 'eu-central-1', origin: 'AWS_REGION' },
  endpoint: undefined,
  credentials: undefined,
  taskRole: undefined,
};

/** What the SDK throws for an answer of the service. */
function said(name: string, message: string, status = 400): Error {
  const error = Object.assign(new Error(message), {
    $fault: 'client',
    $metadata: { httpStatusCode: status, requestId: 'r-1' },
  });
  error.name = name;
  return error;
}

function thrown(fields: object, message = ''): Error {
  return Object.assign(new Error(message), fields);
}

describeErrors('AWS', [
  [
    'knows no such version',
    () => explainAwsError(said('ResourceNotFoundException', "can't find the staging label: AWSCURRENT"), call),
    '66 secret "kong-gateway-database" has no version AWSCURRENT | store a value in the secret: aws secretsmanager put-secret-value',
  ],
  [
    'does not serve',
    () => explainAwsError(said('InternalThing', 'it does not work'), call),
    '78 AWS could not serve secretsmanager:GetSecretValue on secret "kong-gateway-database" (InternalThing, status 400, request r-1): it does not work | check the reference and the options of the aws vault; the answer came in eu-central-1',
  ],
  [
    'finds the request out of time',
    () => explainAwsError(said('RequestTimeTooSkewed', 'Signature expired: is now earlier than'), call),
    '77 AWS refused the signature of the request | set the clock of this machine',
  ],
  [
    'gives nothing in all its time',
    () => explainAwsError(thrown({ name: 'TimeoutError' }), call, true),
    "75 AWS Secrets Manager in eu-central-1 returned no secret within 20 s, retries and credentials included | check the region's name, the DNS of this network and the route: a NAT gateway or a VPC endpoint with private DNS, security groups, HTTPS_PROXY and NO_PROXY",
  ],
]);

const world: BackendWorld = {
  environment: {},
  signal: new AbortController().signal,
  log: createLog({ level: 'error', format: 'text', write: () => undefined, now: Date.now }),
  trustedByKong: () => [],
};

const conjur = {
  endpoint: 'https://conjur.example.com',
  account: 'acme',
  login: 'host/kong',
  apiKey: new Secret('hunter2'),
};
const answer = (status: number) => ({ status, headers: {}, text: 'hunter2', isText: true });
const variable = { secretId: 'kong/database', version: undefined };

describeErrors('Conjur', [
  [
    'refuses the login',
    () => explainConjurLogIn(conjur, answer(401)),
    '77 Conjur at conjur.example.com refused the login of "host/kong" of the account "acme" | check KONG_VAULT_CONJUR_LOGIN (a host is host/<id>), KONG_VAULT_CONJUR_API_KEY (was it rotated?) and KONG_VAULT_CONJUR_ACCOUNT',
  ],
  [
    'lets nobody log in by an API key',
    () => explainConjurLogIn(conjur, answer(403)),
    '77 Conjur at conjur.example.com does not let "host/kong" of the account "acme" log in with an API key | enable its API key and the authenticator authn, and check that it may log in from this address (restricted_to)',
  ],
  [
    'has no such place',
    () => explainConjurLogIn(conjur, answer(404)),
    '78 Conjur at conjur.example.com has no login address for "host/kong" of the account "acme" | check KONG_VAULT_CONJUR_ENDPOINT_URL, with the path in front of Conjur if it has one, and KONG_VAULT_CONJUR_ACCOUNT',
  ],
  [
    'forgets its token',
    () => explainVariable(conjur, variable, answer(401)),
    '77 Conjur at conjur.example.com rejects the token that it issued | check that all nodes behind KONG_VAULT_CONJUR_ENDPOINT_URL are of one Conjur, and their clocks',
  ],
  [
    'lets this login not read',
    () => explainVariable(conjur, variable, answer(403)),
    '77 "host/kong" may not read variable "kong/database" | permit read and execute on acme:variable:kong/database to it in a policy',
  ],
  [
    'has no such variable',
    () => explainVariable(conjur, variable, answer(404)),
    '66 variable "kong/database" of the account "acme" not found | check that it is there, that it has a value, and that "host/kong" may see it; in a reference the slashes of an id are written %2F, since the last part of the path is a key',
  ],
  [
    'is something else',
    () => notConjur(conjur, answer(200)),
    '78 another server answers in place of Conjur at conjur.example.com (status 200) | check KONG_VAULT_CONJUR_ENDPOINT_URL; a redirect is not followed, so give the address that it leads to',
  ],
  [
    'is not well',
    () => explainVariable(conjur, variable, answer(503)),
    '75 Conjur at conjur.example.com failed (status 503) | try again later; see the health of Conjur',
  ],
  [
    'limits the rate of requests',
    () => explainVariable(conjur, variable, answer(429)),
    '75 Conjur at conjur.example.com limits the rate of requests | start fewer containers at once, or try again later',
  ],
  [
    'does not understand the login',
    () => explainConjurLogIn(conjur, answer(422)),
    '78 Conjur at conjur.example.com does not understand the request for the login of "host/kong" of the account "acme" (status 422) | check the id and the version in the reference, KONG_VAULT_CONJUR_ACCOUNT and KONG_VAULT_CONJUR_LOGIN',
  ],
  [
    'does not understand',
    () => explainVariable(conjur, variable, answer(422)),
    '78 Conjur at conjur.example.com does not understand the request for variable "kong/database" (status 422) | check the id and the version in the reference, KONG_VAULT_CONJUR_ACCOUNT and KONG_VAULT_CONJUR_LOGIN',
  ],
]);

const email = 'kong@my-project-123.iam.gserviceaccount.com';
const refusal = (description: string, error = 'invalid_grant') =>
  explainGoogle(
    { status: 400, body: { error, error_description: description } },
    { email, origin: { variable: 'GCP_SERVICE_ACCOUNT' } },
  );

describeErrors("Google's token endpoint", [
  [
    'knows a service account that is disabled',
    () => refusal('The account has been disabled'),
    '77 the service account kong@my-project-123.iam.gserviceaccount.com is disabled | gcloud iam service-accounts enable kong@my-project-123.iam.gserviceaccount.com',
  ],
  [
    'gives no token',
    () => refusal('', 'unauthorized_client'),
    '77 Google gave kong@my-project-123.iam.gserviceaccount.com no token (unauthorized_client) | check that the service account and its key are enabled',
  ],
]);

const entra = {
  by: 'client secret',
  client: 'CLIENT',
  tenant: 'TENANT',
  host: 'login.microsoftonline.com',
  service: 'Key Vault',
  variables: {
    clientIdVariable: 'AZURE_CLIENT_ID',
    tenantIdVariable: 'AZURE_TENANT_ID',
    clientSecretVariable: 'AZURE_CLIENT_SECRET',
  },
} as const;

describeErrors('Azure', [
  [
    'is not told which vault',
    () => azureBackend.open({}, world),
    '78 no Azure Key Vault | set KONG_VAULT_AZURE_VAULT_URI: give https://NAME.vault.azure.net, and nothing after it',
  ],
  [
    'gives no token, without a code',
    () => explainEntraId({ ...answer(400), text: '{"error":"invalid_request"}' }, entra),
    '77 Microsoft Entra ID at login.microsoftonline.com refused the login of application CLIENT by client secret (without a code) | check the client ID, the tenant ID and the secret',
  ],
]);
