import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { runEntrypoint } from '../../world/kong-entrypoint.ts';

const program = [fileURLToPath(new URL('../../../dist/kong-entrypoint', import.meta.url))];

export type Policy = {
  readonly Version: string;
  readonly Statement: readonly { readonly Resource: string | readonly string[] }[];
};

/** What `--iam-policy` prints for a container of this environment and command. */
export async function smallestPolicy(
  environment: Readonly<Record<string, string>>,
  command: readonly string[],
): Promise<Policy> {
  const { exitCode, stdout, stderr } = await runEntrypoint({
    program,
    args: ['--iam-policy', ...command],
    environment,
  });
  assert.equal(exitCode, 0, stderr);
  return JSON.parse(stdout);
}

/** A policy is the smallest one when it is what was printed, with an account in place of each `*`. */
export function assertIsSmallest(policy: Policy, printed: Policy): void {
  assert.deepEqual(withoutResources(policy), withoutResources(printed));
  const given = policy.Statement.map(({ Resource }) => [Resource].flat().toSorted());
  const expected = printed.Statement.map(({ Resource }) => [Resource].flat().toSorted());
  for (const [index, patterns] of expected.entries()) {
    assert.equal(given[index]?.length, patterns.length);
    for (const [place, pattern] of patterns.entries()) assert.match(given[index]?.[place] ?? '', filledIn(pattern));
    assert.equal(Array.isArray(policy.Statement[index]?.Resource), Array.isArray(printed.Statement[index]?.Resource));
  }
}

function withoutResources({ Version, Statement }: Policy): unknown {
  return { Version, Statement: Statement.map((statement) => ({ ...statement, Resource: undefined })) };
}

/** No `*` is left in what is filled in: it would allow more than is needed. */
function filledIn(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\!]/g, '\\$&').replaceAll('*', '[^*:/]+')}$`);
}
