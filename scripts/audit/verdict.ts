/** What the registry told about the packages that are locked, or that it told nothing. */
export type Verdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly lines: readonly string[] }
  | { readonly kind: 'unanswered'; readonly reason: string };

type Vulnerability = {
  readonly name: string;
  readonly severity: string;
  readonly via: readonly (string | { readonly title: string; readonly url: string })[];
};

type Report = {
  readonly auditReportVersion?: number;
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  readonly message?: string;
};

const severe = new Set(['high', 'critical']);

/** Reads what `npm audit --json` prints. Only a report is an answer: whatever else it prints, nothing is known. */
export function readVerdict(output: string): Verdict {
  const report = parse(output);
  const { vulnerabilities, auditReportVersion } = report;
  if (auditReportVersion !== 2 || vulnerabilities === undefined)
    return { kind: 'unanswered', reason: report.message ?? (output.trim() || 'npm printed nothing') };
  const found = Object.values(vulnerabilities).filter(({ severity }) => severe.has(severity));
  if (found.length === 0) return { kind: 'none' };
  return { kind: 'found', lines: found.map(printVulnerability) };
}

function printVulnerability({ name, severity, via }: Vulnerability): string {
  const reasons = via.map((one) => (typeof one === 'string' ? `by ${one}` : `${one.title} (${one.url})`));
  return `${severity}: ${name}: ${reasons.join('; ')}`;
}

function parse(output: string): Report {
  try {
    return JSON.parse(output);
  } catch {
    return {};
  }
}
