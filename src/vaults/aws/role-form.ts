/** A role's ARN, in any partition. */
export const roleForm = {
  pattern: /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  accepted: 'the ARN of a role, such as arn:aws:iam::123456789012:role/kong',
};
