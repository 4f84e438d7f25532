import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { documentedCommands } from '../../end-to-end/documents/fenced-commands.ts';
import { FULL_NAME, KONG_CONTAINER } from './kong-chart.ts';

const examples = fileURLToPath(new URL('../../../examples/kubernetes/', import.meta.url));

function readText(file: string): string {
  return readFileSync(join(examples, file), 'utf8');
}

describe('the commands in the README', () => {
  const commands = documentedCommands(examples).map(({ text }) => text);

  test('name what the chart calls its deployment, its container and its jobs', () => {
    const named = commands.flatMap((command) => command.match(/\b(?:deployment|job)\/\S+/g) ?? []);
    const [deployment] = parseAllDocuments(readText('kong.yaml'))
      .map((document) => document.toJS())
      .filter(({ kind }) => kind === 'Deployment');
    const known = [
      `deployment/${deployment.metadata.name}`,
      `deployment/${FULL_NAME}`,
      `job/${FULL_NAME}-pre-upgrade-migrations`,
    ];
    assert.deepEqual([...new Set(named)].toSorted(), known.toSorted());
    for (const command of commands.filter((line) => line.includes(`exec deployment/${FULL_NAME}`)))
      assert.ok(command.includes(`--container ${KONG_CONTAINER} `), command);
  });

  test('upgrade in one rollout, with the jobs or without', () => {
    const upgrades = commands.filter((command) => command.startsWith('helm upgrade'));
    assert.equal(upgrades.length, 2);
    for (const command of upgrades) assert.match(command, / --set image\.tag=\S+ .*--wait --timeout 15m$/);
    const [first, ...changes] = commands.filter((command) =>
      /rollout (?:pause|resume)|set (?:env|image) /.test(command),
    );
    assert.match(first ?? '', /rollout pause/);
    assert.match(changes.at(-1) ?? '', /rollout resume/);
    assert.equal(changes.length, 3);
  });

  test('reach the Admin API by a port that is forwarded', () => {
    const forwarded = commands.flatMap((command) =>
      [...command.matchAll(/port-forward \S+ (\d+)/g)].map(([, port]) => port),
    );
    assert.deepEqual(forwarded, ['8444', '8001']);
    for (const port of forwarded)
      assert.ok(
        commands.some((command) => command.includes(`localhost:${port}/`)),
        port,
      );
  });

  test('take only files that are here', () => {
    const files = commands.flatMap((command) => command.match(/[\w-]+\.(?:yaml|json)\b/g) ?? []);
    const missing = files.filter((file) => !readdirSync(examples).includes(file));
    assert.deepEqual(missing, []);
  });
});
