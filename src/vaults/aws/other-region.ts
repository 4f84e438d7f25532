import type { Region } from './region.ts';

/** A secret's ARN that names another region than is called; undefined where that is not so. */
export function describeOtherRegion(secretId: string, { name, origin }: Region): string | undefined {
  const own = /^arn:[^:]*:secretsmanager:([^:]+):/.exec(secretId)?.[1];
  if (own === undefined || own === name) return undefined;
  return `the secret's ARN is of ${own}, and the aws vault calls ${name} (from ${origin})`;
}
