import { waysToLogIn } from '../../test/logins/ways-to-log-in.ts';

/** The ways to log in, as a table in Markdown. The tests try each of them. */
export function printLoginTable(): string {
  const rows = waysToLogIn.map(({ to, way, by, since, nearly }) => `| ${to} | ${way} | ${by} | ${since} | ${nearly} |`);
  return ['| To | Way | By | Since Kong | Refused in the tests |', '|---|---|---|---|---|', ...rows].join('\n');
}
