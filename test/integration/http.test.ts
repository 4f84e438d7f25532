import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { EntrypointError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { createHttp, type Http, type Question, type TlsOptions } from '../../src/vaults/http/http.ts';
import { type LoopbackServer, type Request, startLoopbackServer } from '../emulators/loopback-server.ts';
import { type MisbehaviourName, misbehaviours } from '../emulators/misbehaviours.ts';
import { startProxy } from '../emulators/proxy.ts';
import { selfSigned } from '../emulators/self-signed.ts';
import { timed } from './timed.ts';

const TOKEN = 's3cr3t-token';
const peer = { name: 'Safe', address: 'check SAFE_URL', trust: 'add its authority to SAFE_CA' };
const identity = selfSigned('safe.example.com');
const stranger = selfSigned('safe.example.com');
const seen: Request[] = [];
/** One for each of the next requests; afterwards everything is answered with 200. */
const next: (number | MisbehaviourName)[] = [];
let plain: LoopbackServer;
let secure: LoopbackServer;

before(async () => {
  const handler: Parameters<typeof startLoopbackServer>[0] = async (request, response) => {
    seen.push(request);
    const now = next.shift() ?? 200;
    if (typeof now === 'string') {
      await misbehaviours[now](response, { type: 'application/json', beginning: '{"secret":"hunter2' });
      return;
    }
    response.writeHead(now, { 'x-twice': ['a', 'b'], 'set-cookie': ['a=1', 'b=2'] }).end('{"ok":true}');
  };
  plain = await startLoopbackServer(handler);
  secure = await startLoopbackServer(handler, { identity });
});
after(() => Promise.all([plain.close(), secure.close()]));

type Given = {
  readonly tls?: TlsOptions;
  readonly signal?: AbortSignal;
  readonly trustedByKong?: () => readonly string[];
};
type Opened = { readonly http: Http; readonly lines: string[] };

function open(
  t: TestContext,
  environment: Readonly<Record<string, string>> = {},
  { tls, signal = new AbortController().signal, trustedByKong }: Given = {},
): Opened {
  seen.length = 0;
  next.length = 0;
  const lines: string[] = [];
  const log = createLog({ level: 'debug', format: 'text', write: (line) => lines.push(line), now: Date.now });
  const http = createHttp({ environment, log, signal, ...(trustedByKong !== undefined && { trustedByKong }) }, tls);
  t.after(() => http.close());
  return { http, lines };
}

function question(url: string, more: Partial<Question> = {}): Question {
  return { peer, method: 'GET', url: new URL(url), headers: { 'x-token': TOKEN }, ...more };
}

/** The error as an operator meets it, after a look for what must not be in it or in its cause. */
async function failure(asked: Promise<unknown>): Promise<string> {
  const error: unknown = await asked.then(
    () => assert.fail('this cannot be answered'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof EntrypointError)) throw error;
  assert.equal(error.cause, undefined);
  const text = `${error.exitCode} ${error.message} | ${error.hint}`;
  assert.doesNotMatch(text, /s3cr3t|hunter2/);
  return text;
}

/** A server of bytes, for what no HTTP server says. */
async function rawServer(t: TestContext, onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('an answer', () => {
  test('comes with its status, its headers and its text, and the question as it was asked', async (t) => {
    const { http, lines } = open(t);
    const answer = await http.request(
      question(`${plain.url}/a%2Fb?c=d`, { method: 'POST', body: '{"a":1}', headers: { 'x-token': TOKEN } }),
    );
    assert.deepEqual([answer.status, answer.text, answer.isText], [200, '{"ok":true}', true]);
    assert.equal(answer.headers['x-twice'], 'a, b');
    const [request] = seen;
    assert.deepEqual([request?.method, request?.target, request?.body], ['POST', '/a%2Fb?c=d', '{"a":1}']);
    assert.equal(request?.headers['x-token'], TOKEN);
    assert.equal(request?.headers['user-agent'], 'kong-entrypoint');
    assert.deepEqual(lines, []);
  });

  for (const status of [201, 204, 307, 400, 403, 404]) {
    test(`of status ${status} is returned, and asked for once`, async (t) => {
      const { http } = open(t);
      next.push(status);
      assert.equal((await http.request(question(plain.url))).status, status);
      assert.equal(seen.length, 1);
    });
  }

  test('that redirects is returned; its location is not asked, least of all with our token', async (t) => {
    const { http } = open(t);
    next.push('redirect');
    const answer = await http.request(question(plain.url));
    assert.deepEqual([answer.status, answer.headers['location']], [307, 'http://127.0.0.1:9/elsewhere']);
    assert.equal(seen.length, 1);
  });

  for (const status of [429, 500, 502, 503]) {
    test(`of status ${status} is asked for again, three times at most`, async (t) => {
      const { http } = open(t);
      next.push(status, status);
      assert.equal((await http.request(question(plain.url, { method: 'POST', body: '' }))).status, 200);
      assert.equal(seen.length, 3);
      next.push(status, status, status, 200);
      assert.equal((await http.request(question(plain.url))).status, status);
      assert.equal(seen.length, 6);
    });
  }

  test('is asked for again only where the backend says that it is temporary', async (t) => {
    const { http } = open(t);
    next.push(503);
    assert.equal((await http.request(question(plain.url, { isTemporary: () => false }))).status, 503);
    assert.equal(seen.length, 1);
  });

  test('that is not UTF-8 says so', async (t) => {
    const server = await startLoopbackServer((_request, response) => {
      response.end(Buffer.from([0x61, 0xff]));
    });
    t.after(() => server.close());
    assert.equal((await open(t).http.request(question(server.url))).isText, false);
  });
});

describe('a connection', { concurrency: false }, () => {
  test('that is refused is tried three times, then 75', async (t) => {
    const { http } = open(t);
    const closed = await startLoopbackServer(() => undefined);
    await closed.close();
    const took = await timed(async () => {
      assert.equal(
        await failure(http.request(question(closed.url, { method: 'POST' }))),
        `75 Safe at ${new URL(closed.url).host} refuses connections (ECONNREFUSED) | check SAFE_URL; and check that the host can be reached from this network: routes, firewalls, HTTPS_PROXY and NO_PROXY`,
      );
    });
    assert.ok(took >= 600 && took < 5000, `${took} ms`);
  });

  test('to a name that nobody knows is 75 and names it', async (t) => {
    assert.match(
      await failure(open(t).http.request(question('http://safe.invalid:8200/'))),
      /^75 the name safe\.invalid of Safe cannot be resolved \((ENOTFOUND|EAI_AGAIN)\) \| check SAFE_URL; /,
    );
  });

  for (const fault of ['half', 'reset'] as const) {
    test(`that breaks is tried again for a GET: ${fault}`, async (t) => {
      const { http } = open(t);
      next.push(fault, fault);
      assert.equal((await http.request(question(plain.url))).status, 200);
      assert.equal(seen.length, 3);
    });

    test(`that breaks after a POST was sent is 75 at once, for it may have been done: ${fault}`, async (t) => {
      const { http } = open(t);
      next.push(fault);
      assert.match(
        await failure(http.request(question(plain.url, { method: 'POST', body: '{}' }))),
        /^75 Safe at 127\.0\.0\.1:\d+ closed the connection \([A-Z_]+\) \| check SAFE_URL; .*; a server that speaks only TLS does the same$/,
      );
      assert.equal(seen.length, 1);
    });
  }

  for (const fault of ['hang', 'drip'] as const) {
    test(`that gives no whole answer ends with the time of the question: ${fault}`, async (t) => {
      const { http } = open(t);
      next.push(fault);
      const took = await timed(async () => {
        assert.match(
          await failure(http.request(question(plain.url, { timeoutMs: 1500 }))),
          /^75 Safe at 127\.0\.0\.1:\d+ gave no complete answer within 1\.5 s \| check SAFE_URL; /,
        );
      });
      assert.equal(seen.length, 1);
      assert.ok(took >= 1400 && took < 4000, `${took} ms`);
    });
  }

  test('that hangs ends after 10 s where the question says nothing', async (t) => {
    const { http } = open(t);
    next.push('hang');
    const took = await timed(async () => {
      assert.match(await failure(http.request(question(plain.url))), /no complete answer within 10\.0 s/);
    });
    assert.ok(took >= 9900 && took < 15_000, `${took} ms`);
  });

  test('ends at once with the reason of a stop, also in the pause before another attempt', async (t) => {
    for (const faults of [['hang'], [503, 503, 503]] as const) {
      const stop = new AbortController();
      const { http } = open(t, {}, { signal: stop.signal });
      next.push(...faults);
      const asked = http.request(question(plain.url)).catch((error: unknown) => error);
      await pause(100);
      const took = await timed(async () => {
        stop.abort(new Error('stopped'));
        assert.equal(await asked, stop.signal.reason);
      });
      assert.ok(took < 500, `${took} ms`);
    }
  });

  test('that brings more than 1 MiB is 78 and read no further', async (t) => {
    const { http } = open(t);
    next.push('huge');
    assert.match(
      await failure(http.request(question(plain.url))),
      /^78 another server answers in place of Safe at 127\.0\.0\.1:\d+: its answer is larger than 1 MiB \| check SAFE_URL; a proxy or a load balancer may answer in its place$/,
    );
  });

  test('to something that does not speak HTTP is 78', async (t) => {
    const host = await rawServer(t, (socket) => socket.end('220 mail.example.com ESMTP hunter2\r\n'));
    assert.match(
      await failure(open(t).http.request(question(`http://${host}/`))),
      /^78 Safe at \S+ does not speak HTTP \| check SAFE_URL; a proxy or a load balancer may answer in its place$/,
    );
  });

  test('to something that does not speak TLS is 78', async (t) => {
    assert.match(
      await failure(open(t).http.request(question(plain.url.replace('http:', 'https:')))),
      /^78 Safe at \S+ does not speak TLS \(\w+\) \| check SAFE_URL; a proxy or a load balancer may answer in its place$/,
    );
  });
});

describe('a certificate', () => {
  const trusting = (...authorities: string[]): { tls: TlsOptions } => ({ tls: { authorities } });

  test('is trusted by the authorities that were given, and by no others', async (t) => {
    const { http } = open(t, {}, trusting(identity.cert));
    assert.equal((await http.request(question(secure.url))).status, 200);
    for (const untrusting of [{}, trusting(stranger.cert), trusting()]) {
      assert.match(
        await failure(open(t, {}, untrusting).http.request(question(secure.url))),
        /^78 the certificate of Safe at 127\.0\.0\.1:\d+ is not trusted \([A-Z_]+\) \| add its authority to SAFE_CA$/,
      );
      assert.equal(seen.length, 0);
    }
  });

  test('of a host on the Internet is trusted by what Kong trusts too, which is read once and only when it is needed', async (t) => {
    let reads = 0;
    const trustedByKong = (): readonly string[] => {
      reads += 1;
      return [identity.cert];
    };
    const { http } = open(t, {}, { trustedByKong });
    assert.equal((await http.request(question(plain.url))).status, 200);
    assert.equal(reads, 0);
    const login = question(secure.url, { method: 'POST', body: '{}' });
    const answers = await Promise.all([http.request(login), http.request(login)]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
    assert.equal((await http.request(login)).status, 200);
    assert.deepEqual([reads, seen.length], [1, 4]);
    const other = open(t, {}, { trustedByKong: () => [stranger.cert] });
    assert.match(await failure(other.http.request(question(secure.url))), /^78 the certificate of Safe/);
  });

  test('is checked also where NODE_TLS_REJECT_UNAUTHORIZED is 0', async (t) => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    t.after(() => {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    });
    const { http } = open(t, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    assert.match(await failure(http.request(question(secure.url))), /^78 the certificate of/);
  });

  test('is not checked where an option of the backend says so', async (t) => {
    const { http } = open(t, {}, { tls: { verify: false } });
    assert.equal((await http.request(question(secure.url))).status, 200);
  });
});

describe('a client certificate', () => {
  test('is shown to a server that asks for it, where one was given', async (t) => {
    const own = selfSigned('client');
    const shown: (string | undefined)[] = [];
    const server = await startLoopbackServer(
      (request, response) => {
        shown.push(request.certificate);
        response.end();
      },
      { identity, asksForCertificate: true },
    );
    t.after(() => server.close());
    const tls = { authorities: [identity.cert] };
    await open(t, {}, { tls }).http.request(question(server.url));
    await open(t, {}, { tls: { ...tls, clientCertificate: own } }).http.request(question(server.url));
    const digest = createHash('sha256').update(new X509Certificate(own.cert).raw).digest('hex');
    assert.deepEqual(shown, [undefined, digest]);
  });

  for (const [version, alert] of [
    ['TLSv1.2', 'ALERT_HANDSHAKE_FAILURE'],
    ['TLSv1.3', 'ALERT_CERTIFICATE_REQUIRED'],
  ] as const) {
    test(`that is missing is said: ${version}`, async (t) => {
      const demanding = { ...identity, requestCert: true, rejectUnauthorized: true, maxVersion: version };
      const server = createHttpsServer(demanding, (_request, response) => response.end());
      server.listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      t.after(() => server.close());
      const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const { http } = open(t, {}, { tls: { authorities: [identity.cert] } });
      assert.match(
        await failure(http.request(question(url))),
        new RegExp(
          `^77 Safe at \\S+ refused the TLS connection \\(\\w*${alert}\\) \\| it may ask for a client certificate`,
        ),
      );
    });
  }
});

describe('a proxy', () => {
  const away = 'safe.example.com:8200';

  test('is asked for plain http with the whole URL, and there is one warning for the host', async (t) => {
    const proxy = await startProxy({ route: new URL(plain.url).host });
    t.after(() => proxy.close());
    const { http, lines } = open(t, { HTTP_PROXY: proxy.url });
    for (let time = 0; time < 2; time += 1) {
      assert.equal((await http.request(question(`http://${away}/v1/a`))).status, 200);
    }
    assert.deepEqual([proxy.passed[0], proxy.tunnels], [`http://${away}/v1/a`, []]);
    assert.equal(seen[0]?.headers.host, away);
    assert.deepEqual(lines, [
      `kong-entrypoint: warn: Safe at ${away} is reached over plain http: secrets cross the network in clear text\n`,
    ]);
  });

  test('opens a tunnel for TLS, whose certificate and name are still checked', async (t) => {
    const proxy = await startProxy({ route: new URL(secure.url).host });
    t.after(() => proxy.close());
    const { http } = open(t, { HTTPS_PROXY: proxy.url }, { tls: { authorities: [identity.cert] } });
    assert.equal((await http.request(question(`https://${away}/`))).status, 200);
    assert.match(
      await failure(http.request(question('https://safe.example.org:8200/'))),
      /^78 the certificate of Safe at safe\.example\.org:8200 is for another host \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    );
    assert.deepEqual(proxy.tunnels, [away, 'safe.example.org:8200']);
  });

  test('that wants a password is 77, and takes the one of its URL', async (t) => {
    const authorization = `Basic ${Buffer.from('kong:p@ss').toString('base64')}`;
    for (const [server, scheme] of [
      [plain, 'http'],
      [secure, 'https'],
    ] as const) {
      const proxy = await startProxy({ route: new URL(server.url).host, authorization });
      t.after(() => proxy.close());
      const tls = { authorities: [identity.cert] };
      const variable = `${scheme.toUpperCase()}_PROXY`;
      assert.match(
        await failure(open(t, { [variable]: proxy.url }, { tls }).http.request(question(`${scheme}://${away}/`))),
        /^77 the proxy refused the connection \(status 407\) \| check HTTPS_PROXY and HTTP_PROXY/,
      );
      const known = open(t, { [variable]: proxy.url.replace('http://', 'http://kong:p%40ss@') }, { tls });
      assert.equal((await known.http.request(question(`${scheme}://${away}/`))).status, 200);
    }
  });

  test('that is asked over TLS is checked too, whatever the environment and the options say', async (t) => {
    const proxy = await startProxy({ route: new URL(secure.url).host, identity });
    t.after(() => proxy.close());
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    t.after(() => {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    });
    const environment = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url };
    const known = open(t, environment, { tls: { authorities: [identity.cert] } });
    for (const scheme of ['https', 'http']) {
      assert.equal((await known.http.request(question(`${scheme}://${away}/`))).status, scheme === 'https' ? 200 : 502);
    }
    const unknown = open(t, environment, { tls: { authorities: [stranger.cert], verify: false } });
    for (const scheme of ['https', 'http']) {
      assert.match(
        await failure(unknown.http.request(question(`${scheme}://${away}/`))),
        /^78 the certificate of the proxy at 127\.0\.0\.1:\d+ is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\) \| add its certificate authority to KONG_LUA/,
      );
    }
  });

  test('that is not reached, or does not answer, is 75 and named', async (t) => {
    const closed = await startLoopbackServer(() => undefined);
    await closed.close();
    for (const scheme of ['https', 'http']) {
      assert.match(
        await failure(
          open(t, { [`${scheme.toUpperCase()}_PROXY`]: closed.url }).http.request(question(`${scheme}://${away}/`)),
        ),
        /^75 the proxy at 127\.0\.0\.1:\d+ refuses connections \(ECONNREFUSED\) \| check HTTPS_PROXY and HTTP_PROXY/,
      );
    }
    const silent = await rawServer(t, () => undefined);
    const { http } = open(t, { HTTPS_PROXY: `http://${silent}` });
    const took = await timed(async () => {
      assert.match(
        await failure(http.request(question(`https://${away}/`, { mostAttempts: 1 }))),
        /^75 cannot reach the proxy at 127\.0\.0\.1:\d+ \(ETIMEDOUT\) \| check HTTPS_PROXY/,
      );
    });
    assert.ok(took >= 2_400 && took < 5_000, `${took} ms`);
  });

  test('is not asked for loopback, nor for what NO_PROXY names', async (t) => {
    const proxy = await startProxy();
    t.after(() => proxy.close());
    const { http } = open(t, { HTTP_PROXY: proxy.url, NO_PROXY: '.invalid' });
    assert.equal((await http.request(question(plain.url))).status, 200);
    assert.match(await failure(http.request(question('http://safe.invalid/'))), /cannot be resolved/);
    assert.deepEqual([proxy.passed, proxy.tunnels], [[], []]);
  });

  test('that is not a URL is 78 and not repeated', async (t) => {
    assert.match(
      await failure(open(t, { HTTP_PROXY: 'socks5://kong:s3cr3t@host' }).http.request(question(`http://${away}/`))),
      /^78 this is not a URL of an HTTP proxy \| give http:\/\/host:port or https:\/\/host:port, or list the host in NO_PROXY$/,
    );
  });
});
