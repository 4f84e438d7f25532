import { createPage, type Page } from './page.ts';
import type { Plan, PlannedProblem, PlannedReference, PlannedRequest } from './plan.ts';

/** The plan as a page for people. */
export function printPlan(plan: Plan, hasColour: boolean): string {
  const page = createPage(hasColour);
  page.heading(`Plan for: ${plan.command.join(' ')}`);
  page.rows(overview(plan), ['dim']);
  if (plan.references.length > 0) {
    page.heading('References');
    page.rows(plan.references.map(referenceRow), [undefined, 'cyan', 'dim']);
  }
  if (plan.requests.length > 0) {
    page.heading('Requests');
    for (const request of plan.requests) page.rows(requestRows(request), ['dim']);
  }
  if (plan.blanked.length > 0) {
    page.heading('Empty for kong migrations');
    page.line(plan.blanked.join(', '));
  }
  if (plan.steps.length > 0) {
    page.heading('What happens');
    page.rows(
      plan.steps.map((step, index) => [`${index + 1}.`, step]),
      ['dim'],
    );
  }
  printWarnings(page, plan.warnings);
  printProblems(page, plan.problems);
  return page.text();
}

export function printWarnings(page: Page, warnings: readonly string[]): void {
  if (warnings.length === 0) return;
  page.heading('Warnings');
  for (const warning of warnings) page.line(`! ${warning}`, 'yellow');
}

export function printProblems(page: Page, problems: readonly PlannedProblem[]): void {
  if (problems.length === 0) return;
  page.heading('Stops the start');
  for (const { subject, message, hint, exitCode } of problems) {
    page.line(`x ${subject === null ? '' : `${subject}: `}${message} (exit code ${exitCode})`, 'red');
    page.line(`  hint: ${hint}`, 'dim');
  }
}

function overview({ kong, database, migrations, handover, becomes }: Plan): string[][] {
  const conf = kong.conf === null ? '' : `, with ${kong.conf}`;
  return [
    ['Kong', `${kong.version ?? 'of unknown version: KONG_VERSION is not set'}${conf}`],
    ...(database === null
      ? [['database', 'not touched']]
      : [
          ['database', `${database.user}@${database.host}:${database.port}/${database.database}`],
          ...(database.migrator === null ? [] : [['migrator', database.migrator]]),
          ['schema', database.schema ?? "the first of the role's search path"],
          ['TLS', database.tls],
          ['migrations', migrations],
        ]),
    ['hand-over', becomes === null ? 'none' : `${handover}, to ${nameTarget(becomes)}`],
  ];
}

function nameTarget({ path, way }: NonNullable<Plan['becomes']>): string {
  return way === null ? path : `${path} (${way})`;
}

const uses: Readonly<Record<PlannedReference['neededFor'], string>> = {
  provisioning: 'for provisioning',
  connection: 'for the login',
  migrator: 'for the migrator',
  child: 'for kong migrations',
  bootstrap: 'for a bootstrap',
  handover: 'for Kong',
  nothing: 'left to Kong',
};

function referenceRow({ setting, reference, neededFor, request, key }: PlannedReference): string[] {
  const from = request === null ? '' : `request ${request}${key === null ? ', the whole secret' : `, key ${key}`}`;
  const isOurs = neededFor === 'nothing' && setting.startsWith('KONG_ENTRYPOINT_');
  return [setting, reference, isOurs ? 'not needed here' : uses[neededFor], from];
}

function requestRows({ number, vault, secret, secretVersion, ...rest }: PlannedRequest): string[][] {
  const version = secretVersion === null ? '' : `, version ${secretVersion}`;
  const region =
    rest.regionFrom === null ? [] : [['', 'region', `${rest.region ?? 'not known yet'} (from ${rest.regionFrom})`]];
  return [
    [`${number}`, vault, `${secret}${version}`],
    ['', 'at', rest.endpoint],
    ...region,
    ['', 'as', `${rest.authentication}${rest.role === null ? '' : `, in role ${rest.role}`}`],
  ];
}
