import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { containerEndpoint } from '../../src/vaults/aws/container-credentials.ts';
import { proxyFor } from '../../src/vaults/proxy.ts';

const proxies = { HTTPS_PROXY: 'http://secure:3128', HTTP_PROXY: 'http://plain:3128' };

function hostOfProxy(url: string, NO_PROXY = ''): string | undefined {
  return proxyFor(new URL(url), { ...proxies, NO_PROXY })?.hostname;
}

describe('the proxy', () => {
  test('is chosen by the scheme of the request', () => {
    assert.equal(hostOfProxy('https://sts.example.com/'), 'secure');
    assert.equal(hostOfProxy('http://sts.example.com/'), 'plain');
  });

  test('is none where no variable is set, or it is empty', () => {
    assert.equal(proxyFor(new URL('https://sts.example.com'), {}), undefined);
    assert.equal(proxyFor(new URL('https://sts.example.com'), { HTTPS_PROXY: ' ' }), undefined);
  });

  test('may be written without its scheme', () => {
    assert.equal(
      proxyFor(new URL('https://a.example.com'), { HTTPS_PROXY: 'proxy.local:8080' })?.href,
      'http://proxy.local:8080/',
    );
  });

  const nearby = [
    '127.0.0.1',
    '127.1.2.3',
    'localhost',
    '[::1]',
    '169.254.170.2',
    '169.254.170.23',
    '169.254.169.254',
    'metadata.google.internal',
    '[fd00:ec2::254]',
    '[fe80::1]',
  ];
  for (const host of nearby) {
    test(`is never asked for ${host}`, () => assert.equal(hostOfProxy(`http://${host}/`), undefined));
  }

  const exceptions: readonly (readonly [list: string, url: string, excepted: boolean])[] = [
    ['*', 'https://a.example.com', true],
    ['example.com', 'https://a.example.com', true],
    ['.example.com', 'https://a.example.com', true],
    ['*.example.com', 'https://a.example.com', true],
    ['EXAMPLE.COM', 'https://a.example.com', true],
    ['example.com', 'https://example.com', true],
    ['example.com', 'https://notexample.com', false],
    ['x, example.com', 'https://example.com', true],
    ['x example.com', 'https://example.com', true],
    ['example.com:443', 'https://example.com', true],
    ['example.com:8443', 'https://example.com', false],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['2001:db8::1', 'https://[2001:db8::1]', true],
    ['2001:db8::/32', 'https://[2001:db8:1::1]', true],
    ['', 'https://example.com', false],
  ];
  for (const [list, url, excepted] of exceptions) {
    test(`is ${excepted ? 'not asked' : 'asked'} for ${url} with NO_PROXY=${list}`, () => {
      assert.equal(hostOfProxy(url, list) === undefined, excepted);
    });
  }
});

describe('the endpoint of the container credentials', () => {
  const RELATIVE = 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI';
  const FULL = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';
  const rows: readonly (readonly [what: string, environment: Readonly<Record<string, string>>, found: string])[] = [
    [
      'is the agent of ECS for the relative URI',
      { [RELATIVE]: '/v2/credentials/1' },
      'http://169.254.170.2/v2/credentials/1',
    ],
    [
      'is that of ECS where both are set',
      { [RELATIVE]: '/v2/x?y=1', [FULL]: 'http://127.0.0.1/' },
      'http://169.254.170.2/v2/x?y=1',
    ],
    [
      'is the agent of EKS Pod Identity',
      { [FULL]: 'http://169.254.170.23/v1/credentials' },
      'http://169.254.170.23/v1/credentials',
    ],
    ['may be any host over TLS', { [FULL]: 'https://credentials.example.com/' }, 'https://credentials.example.com/'],
    [
      'cannot leave the agent by its name',
      { [RELATIVE]: '@evil.example.com/' },
      'http://169.254.170.2/@evil.example.com/',
    ],
    [
      'is not an other host in clear text',
      { [FULL]: 'http://evil.example.com/' },
      `${FULL} is neither https nor http to an agent beside the container`,
    ],
    [
      'is not a file',
      { [FULL]: 'file:///etc/passwd' },
      `${FULL} is neither https nor http to an agent beside the container`,
    ],
    ['is nothing that is not a URL', { [FULL]: 'nothing' }, `${FULL} is not a URL`],
    ['is none where nothing is set', { [RELATIVE]: '' }, `${RELATIVE} not set`],
  ];
  for (const [what, environment, found] of rows) {
    test(what, () => {
      const endpoint = containerEndpoint(environment);
      assert.equal('url' in endpoint ? endpoint.url.href : endpoint.reason, found);
    });
  }
});
