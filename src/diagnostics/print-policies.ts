import type { IamPolicy } from './iam-policy.ts';

/** The policy document alone where there is one, so that it can be piped into the AWS CLI; else each under its role's name. */
export function printPolicies(policies: readonly IamPolicy[]): string {
  const [first, ...more] = policies;
  if (first === undefined) return 'AWS is asked for nothing here: no policy is needed.\n';
  if (more.length === 0) return print(first.document);
  return policies.map(({ principal, document }) => `For ${principal}:\n${print(document)}`).join('\n');
}

function print(document: IamPolicy['document']): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
