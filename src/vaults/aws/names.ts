/** What names of regions look like: they go into host names, so nothing else passes. */
export const regionForm = {
  pattern: /^[a-z]{2,8}(-[a-z]+)+-\d+$/,
  accepted: 'the name of a region, such as eu-central-1',
};

/** What a role's ARN looks like, in any partition. */
export const roleForm = {
  pattern: /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  accepted: 'the ARN of a role, such as arn:aws:iam::123456789012:role/kong',
};

/** A region, and where it was found, in the operator's words. */
export type Region = { readonly name: string; readonly origin: string };

/** The partition that a region belongs to: the first word of its ARNs. */
export function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** What the host names of a region's services end in. */
export function domainOf(region: string): string {
  return partitionOf(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
}

/** The sentence for a secret's ARN that names another region than is called; undefined where that is not so. */
export function describeOtherRegion(secretId: string, { name, origin }: Region): string | undefined {
  const own = /^arn:[^:]*:secretsmanager:([^:]+):/.exec(secretId)?.[1];
  if (own === undefined || own === name) return undefined;
  return `the secret's ARN is of ${own}, and the aws vault calls ${name} (from ${origin})`;
}
