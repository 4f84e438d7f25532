import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ECS_EXAMPLES } from './task-definition.ts';

/*
 * run-migrations.sh against an `aws` that says what ECS would say of a task: that it runs, and in the end that it has stopped.
 */
const folder = mkdtempSync(join(tmpdir(), 'run-migrations-'));
after(() => rmSync(folder, { recursive: true }));

/** What the task comes to: `None` is what the AWS CLI prints for what is not there. */
type Ending = { readonly task?: string; readonly exitCode?: string; readonly looksUntilStopped?: number };

function writeAws({ task = 'arn:task', exitCode = '0', looksUntilStopped = 2 }: Ending): void {
  const looks = join(folder, 'looks');
  writeFileSync(looks, '');
  const script = `#!/bin/sh
echo "$*" >> '${folder}/calls'
case "$*" in
  *run-task*) echo '${task}' ;;
  *lastStatus*) echo look >> '${looks}'; [ "$(wc -l < '${looks}')" -gt ${looksUntilStopped} ] && echo STOPPED || echo RUNNING ;;
  *exitCode*) echo '${exitCode}' ;;
  *stoppedReason*) echo 'CannotPullContainerError' ;;
esac
`;
  writeFileSync(join(folder, 'calls'), '');
  writeFileSync(join(folder, 'aws'), script, { mode: 0o755 });
}

function runScript(ending: Ending): {
  readonly status: number | null;
  readonly stderr: string;
  readonly calls: string;
} {
  writeAws(ending);
  const words = ['my-cluster', 'kong-migrations:7', 'awsvpcConfiguration={subnets=[a]}', 'up'];
  const env = { PATH: `${folder}:/usr/bin:/bin`, INTERVAL: '0' };
  const { status, stderr } = spawnSync(join(ECS_EXAMPLES, 'run-migrations.sh'), words, { env, encoding: 'utf8' });
  return { status, stderr, calls: readFileSync(join(folder, 'calls'), 'utf8') };
}

describe('run-migrations.sh', () => {
  test('runs the step that it is told, of the revision that it is told', () => {
    const { status, calls } = runScript({});
    assert.equal(status, 0);
    assert.match(
      calls,
      /^ecs run-task --cluster my-cluster --task-definition kong-migrations:7 .*"command":\["kong","migrations","up"\]/m,
    );
  });

  test('waits for longer than `aws ecs wait` would, which asks a hundred times', () => {
    const { status, calls } = runScript({ looksUntilStopped: 120 });
    assert.equal(status, 0);
    assert.equal(calls.match(/lastStatus/g)?.length, 121);
  });

  for (const exitCode of ['75', '78', '1']) {
    test(`ends with ${exitCode} where the container did`, () => {
      assert.equal(runScript({ exitCode }).status, Number(exitCode));
    });
  }

  test('says why the container has not run, and fails', () => {
    const { status, stderr } = runScript({ exitCode: 'None' });
    assert.equal(status, 1);
    assert.match(stderr, /the container has not run: CannotPullContainerError/);
  });

  test('fails where ECS starts no task', () => {
    const { status, stderr } = runScript({ task: 'None' });
    assert.equal(status, 1);
    assert.match(stderr, /ECS has started no task/);
  });
});
