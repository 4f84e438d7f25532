import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { drawTerminal } from '../../scripts/pictures/draw.ts';
import { readStyledLines } from '../../scripts/pictures/styled-lines.ts';
import { runEntrypoint } from '../world/kong-entrypoint.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pictures-test-'));
  chmodSync(folder, 0o755);
  const result = await runEntrypoint({
    program: [process.execPath, join(root, 'scripts/pictures.ts')],
    args: ['--to', join(folder, 'pictures')],
    environment: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, TMPDIR: folder },
    marker: folder,
  });
  assert.equal(result.exitCode, 0, result.stderr);
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('a picture', () => {
  const pictures: readonly (readonly [name: string, lines: readonly RegExp[], colours: boolean])[] = [
    [
      'plan',
      [
        /^Plan for: kong docker-start$/m,
        /^ {2}KONG_PG_PASSWORD +\{vault:\/\/aws\/kong-gateway-database\/pg_password\} +for the login +request 1, key pg_password$/m,
        /^What happens$/m,
        /^ {2}5\. {2}become \/docker-entrypoint\.sh kong docker-start, its references intact$/m,
      ],
      true,
    ],
    [
      'check',
      [
        /^Check for: kong docker-start$/m,
        /^ {2}ok +database .+ logged in$/m,
        /^ {2}! KONG_VAULT_AWS_TTL/m,
        /^A start would go through$/m,
      ],
      true,
    ],
    [
      'start',
      [
        /^kong-entrypoint: info: 2 references .+ 1 secret from aws in /m,
        /^kong-entrypoint: warn: the schema is empty/m,
        /^kong-entrypoint: info: ready in \d+ ms: references \d+, database \d+, migrations \d+$/m,
      ],
      false,
    ],
  ];
  for (const [name, lines, hasColour] of pictures) {
    test(`${name}.svg is what the program prints, and the one of the README has the same lines`, () => {
      for (const from of [join(folder, 'pictures'), join(root, 'docs/pictures')]) {
        const picture = readFileSync(join(from, `${name}.svg`), 'utf8');
        const text = textOf(picture);
        for (const line of lines) assert.match(text, line);
        assert.equal(/<tspan[^>]* fill="#/.test(picture), hasColour);
        assert.doesNotMatch(text, /pictures-test|kong-entrypoint-demo|demo-[\w-]{20}/, 'no folder and no password');
      }
      assert.ok(readFileSync(join(root, 'README.md'), 'utf8').includes(`(docs/pictures/${name}.svg)`));
    });
  }

  test('leaves nothing but itself', () => {
    assert.deepEqual(readdirSync(folder), ['pictures']);
  });
});

test('what a terminal is told becomes spans: colour, bold, dim, and the end of them', () => {
  const [line] = readStyledLines('\u001b[1mbold\u001b[0m plain \u001b[2;31mred\u001b[39m dim\u001b[22m plain\r\n');
  assert.deepEqual(line, [
    { text: 'bold', style: { isBold: true } },
    { text: ' plain ', style: {} },
    { text: 'red', style: { isDim: true, colour: '#f47067' } },
    { text: ' dim', style: { isDim: true } },
    { text: ' plain', style: {} },
  ]);
});

test('a long line goes on below, and what XML would take for itself is written out', () => {
  const picture = drawTerminal('long', [[{ text: `<&>${'x'.repeat(140)}`, style: {} }]]);
  assert.equal(picture.match(/<text /g)?.length, 2);
  assert.ok(picture.includes('&lt;&amp;&gt;x'));
});

/** The lines of the text in a picture. */
function textOf(picture: string): string {
  return picture
    .replace(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
