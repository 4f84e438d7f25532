/** What to report instead of starting. */
export type DiagnosisKind = 'plan' | 'check' | 'iam-policy';
export type OutputFormat = 'text' | 'json';

/** A question in place of a start, and how its answer is printed. */
export type Diagnosis = {
  readonly kind: DiagnosisKind;
  readonly output: OutputFormat;
  /** The ARN of the KMS key that the secrets are encrypted with, from `--iam-policy=ARN`. */
  readonly kmsKey: string | undefined;
};

const kinds: readonly DiagnosisKind[] = ['plan', 'check', 'iam-policy'];

/** The kind that a word such as `--plan` or `--iam-policy=arn:aws:kms:...` asks for; undefined for any other word. */
export function diagnosisOf(word: string): Omit<Diagnosis, 'output'> | undefined {
  const kind = kinds.find((name) => word === `--${name}`);
  if (kind !== undefined) return { kind, kmsKey: undefined };
  const kmsKey = /^--iam-policy=(arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:(?:key|alias)\/\S+)$/.exec(word)?.[1];
  return kmsKey === undefined ? undefined : { kind: 'iam-policy', kmsKey };
}

/** `text` or `json`; undefined for any other word. */
export function outputFormatOf(text: string): OutputFormat | undefined {
  return text === 'text' || text === 'json' ? text : undefined;
}
