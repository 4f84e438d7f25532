import { printDuration } from '../process/wait.ts';
import type { Check, CheckReport, Mark } from './check-report.ts';
import { createPage } from './page.ts';
import { printWarnings } from './print-plan.ts';

const marks: Readonly<Record<Mark, readonly [sign: string, style: 'green' | 'red' | 'dim']>> = {
  ok: ['ok', 'green'],
  failed: ['x', 'red'],
  skipped: ['-', 'dim'],
};

/** The report as a page for people. */
export function printCheck(report: CheckReport, hasColour: boolean): string {
  const page = createPage(hasColour);
  page.heading(`Check for: ${report.command.join(' ')}`);
  const width = Math.max(...report.checks.map(({ name }) => name.length));
  for (const check of report.checks) {
    const [sign, style] = marks[check.mark];
    page.rows([[sign.padEnd(2), check.name.padEnd(width), timeOf(check), check.detail]], [style]);
    if (check.hint !== null) page.line(`    hint: ${check.hint}`, 'dim');
  }
  printWarnings(page, report.warnings);
  page.heading(
    report.exitCode === 0 ? 'A start would go through' : `A start would end with exit code ${report.exitCode}`,
  );
  return page.text();
}

function timeOf({ mark, milliseconds }: Check): string {
  return (mark === 'skipped' ? '' : printDuration(milliseconds)).padStart(7);
}
