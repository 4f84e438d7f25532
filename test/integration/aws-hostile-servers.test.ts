import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Handler, type Request, startLoopbackServer } from '../emulators/loopback-server.ts';
import { type MisbehaviourName, misbehaviours } from '../emulators/misbehaviours.ts';
import { emulatorKey, startSecretsManager } from '../emulators/secrets-manager.ts';
import { atEmulator, awsVault, type Environment, keysOf } from './aws-world.ts';

const TOKEN = 'agent-token-hunter2';
const HIDDEN = /hunter2|half-of|captive|Bad gateway|emulator\/secret/;
const ROLE = 'arn:aws:iam::123456789012:role/kong';

type Servers = {
  /** The environment in which the vault calls the hostile server at this place. */
  readonly environment: (url: string) => Environment;
};

/** Everywhere that the vault sends a signature, a token or a role: what calls the hostile server there. */
const places = {
  'Secrets Manager': {
    environment: (url: string) => ({ KONG_VAULT_AWS_ENDPOINT_URL: url, ...keysOf(emulatorKey) }),
  },
  STS: {
    environment: (url: string) => ({
      KONG_VAULT_AWS_STS_ENDPOINT_URL: url,
      KONG_VAULT_AWS_ASSUME_ROLE_ARN: ROLE,
      ...keysOf(emulatorKey),
    }),
  },
  'the container endpoint': {
    environment: (url: string) => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: TOKEN,
    }),
  },
  'the instance metadata': {
    environment: (url: string) => ({ AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: url }),
  },
} as const satisfies Readonly<Record<string, Servers>>;

type Place = keyof typeof places;

/** What comes of a read whose calls meet this handler: the failure, how long it took, and what the handler was asked. */
async function meet(t: TestContext, place: Place, handler: Handler) {
  const requests: Request[] = [];
  const hostile = await startLoopbackServer((request, response) => {
    requests.push(request);
    return handler(request, response);
  });
  t.after(() => hostile.close());
  const emulator = await startSecretsManager();
  t.after(() => emulator.close());
  emulator.putSecret('kong-db', 'value');
  const vault = awsVault({ ...atEmulator(emulator), ...places[place].environment(hostile.url) });
  const start = performance.now();
  const failure = await vault.failure('{vault://aws/kong-db}');
  const took = performance.now() - start;
  assert.doesNotMatch([failure, ...vault.lines].join('\n'), HIDDEN);
  return { failure: failure.replaceAll(new URL(hostile.url).host, 'HOST'), took, requests };
}

type Row = readonly [fault: MisbehaviourName, failure: RegExp, mostSeconds: number];

const atSts: readonly Row[] = [
  [
    'hang',
    /^75 STS at HOST gave no complete answer within 10\.0 s \| check KONG_VAULT_AWS_\w*ENDPOINT_URL and HTTPS_PROXY; check the region's name/,
    12,
  ],
  [
    'drip',
    /^75 STS at HOST gave no complete answer within 10\.0 s \| check KONG_VAULT_AWS_\w*ENDPOINT_URL and HTTPS_PROXY; check the region's name/,
    12,
  ],
  [
    'half',
    /^75 STS at HOST closed the connection \(ECONNRESET\) \| check KONG_VAULT_AWS_\w*ENDPOINT_URL and HTTPS_PROXY; check the region's name/,
    5,
  ],
  [
    'reset',
    /^75 STS at HOST closed the connection \(ECONNRESET\) \| check KONG_VAULT_AWS_\w*ENDPOINT_URL and HTTPS_PROXY; check the region's name/,
    5,
  ],
  [
    'huge',
    /^78 another server answers in place of STS at HOST: its answer is larger than 1 MiB \| check KONG_VAULT/,
    5,
  ],
  ['html', /^78 another server answers in place of STS at HOST \| check KONG_VAULT_AWS_STS_ENDPOINT_URL/, 5],
  ['redirect', /^78 another server answers in place of STS at HOST \(status 307\) \| check KONG_VAULT_AWS_STS/, 5],
  ['badGateway', /^75 STS at HOST failed \(status 502\) \| try again later/, 5],
];

// An agent that is busy or broken may be well at the next start; one that answers something else needs somebody.
const atContainer: readonly Row[] = [
  ['hang', /^75 .*container: the container's credentials endpoint at HOST gave no complete answer within 5\.0 s;/, 7],
  ['drip', /^75 .*container: the container's credentials endpoint at HOST gave no complete answer within 5\.0 s;/, 7],
  ['half', /^75 .*container: the container's credentials endpoint at HOST closed the connection \(ECONNRESET\);/, 5],
  ['reset', /^75 .*container: the container's credentials endpoint at HOST closed the connection \(ECONNRESET\);/, 5],
  ['badGateway', /^75 .*container: answered 502;/, 5],
  ['huge', /^77 .*container: another server answers in place of .* at HOST: its answer is larger than 1 MiB;/, 5],
  ['html', /^77 .*container: the answer is not a JSON object;/, 5],
  ['notJson', /^77 .*container: the answer is not a JSON object;/, 5],
  ['redirect', /^77 .*container: answered 307;/, 5],
];

// Away from EC2 nobody answers, at no start.
const atInstance: readonly Row[] = [
  ['hang', /^77 .*instance: the instance metadata at HOST gave no complete answer within 1\.0 s\)/, 5],
  ['drip', /^77 .*instance: the instance metadata at HOST gave no complete answer within 1\.0 s\)/, 5],
  ['half', /^77 .*instance: the instance metadata at HOST closed the connection \(ECONNRESET\)\)/, 5],
  ['reset', /^77 .*instance: the instance metadata at HOST closed the connection \(ECONNRESET\)\)/, 5],
  ['huge', /^77 .*instance: another server answers in place of .* at HOST: its answer is larger than 1 MiB\)/, 5],
  ['html', /^77 .*instance: the answer is not a JSON object\)/, 5],
  ['redirect', /^77 .*instance: answered 307\)/, 5],
  ['badGateway', /^75 .*instance: answered 502\)/, 5],
];

const tables: readonly (readonly [Place, readonly Row[]])[] = [
  ['STS', atSts],
  ['the container endpoint', atContainer],
  ['the instance metadata', atInstance],
];

// What Secrets Manager itself can do is in aws-vault.test.ts and aws-connection.test.ts.
for (const [place, rows] of tables) {
  describe(`${place} that does not do its work ends the read in time, with a sentence and no secret`, {
    concurrency: 4,
  }, () => {
    for (const [fault, sentence, mostSeconds] of rows) {
      test(fault, async (t) => {
        const answers = { type: 'application/json', beginning: '{"SecretAccessKey":"hunter2' };
        const { failure, took } = await meet(t, place, (_request, response) => misbehaviours[fault](response, answers));
        assert.match(failure, sentence);
        assert(took < mostSeconds * 1000, `${took} ms`);
      });
    }
  });
}

describe('a redirect to another host is not followed, so no credentials go there:', () => {
  for (const place of Object.keys(places) as Place[]) {
    for (const status of [301, 302, 307, 308]) {
      test(`${status} from ${place}`, async (t) => {
        const visits: Request[] = [];
        const other = await startLoopbackServer((request, response) => {
          visits.push(request);
          response.end('{}');
        });
        t.after(() => other.close());
        const { requests } = await meet(t, place, ({ target }, response) => {
          response.writeHead(status, { location: `${other.url}${target}` }).end();
        });
        assert.deepEqual(visits, []);
        assert(requests.length > 0);
        const sent = requests.some(({ headers }) => headers.authorization !== undefined);
        assert.equal(sent, place !== 'the instance metadata');
      });
    }
  }
});
