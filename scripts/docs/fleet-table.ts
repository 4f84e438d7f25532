import { type Measured, readMeasured } from '../../test/fleet/measured.ts';

/** The situations of a fleet and what was measured of each, as tables in Markdown: one for each part. */
export function printFleetTables(): string {
  const parts = Map.groupBy(readMeasured(), ({ part }) => part);
  return [...parts].map(([part, rows]) => `### ${part}\n\n${printTable(rows)}`).join('\n\n');
}

function printTable(measured: readonly Measured[]): string {
  const rows = measured.map(({ name, does, exitCode, seconds, line }) => {
    return `| ${name} | ${does} | ${seconds.toFixed(1)} s | ${exitCode} | ${line === '' ? '' : `\`${line}\``} |`;
  });
  return ['| Situation | What a start does | Took | Exit code | Its line |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}
