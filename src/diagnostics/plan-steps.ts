import type { Target } from '../handover/target.ts';
import { tokenSettingOf } from '../references/needed.ts';
import type { Examined } from './examine.ts';
import { count } from './page.ts';
import type { Plan } from './plan.ts';

type Known = Omit<Plan, 'steps' | 'warnings'>;

/** The start in sentences, in order. */
export function planSteps(plan: Known, examined: Examined): readonly string[] {
  return [...preparation(plan, examined), ...handOver(plan, examined)];
}

function preparation(plan: Known, examined: Examined): string[] {
  const { command, policy, prepares, known } = examined;
  if (!prepares) return [];
  const secrets =
    plan.requests.length === 0 ? [] : [`ask ${vaultsOf(plan)} for ${count(plan.requests.length, 'secret')}`];
  if (plan.database === null) return secrets;
  const { host, port, database } = plan.database;
  const ask = [...secrets, ...tokenStep(known.typed)];
  if (command.kind === 'values') return ask;
  const connect = `wait for PostgreSQL at ${host}:${port}, and log in to ${database}`;
  if (policy === 'wait' && command.kind !== 'migrations')
    return [...ask, connect, 'wait until migrations that run elsewhere make the schema ready for this Kong'];
  return plan.database.migrator === null
    ? [...ask, ...provision(examined, "Kong's role and database"), connect, ...migrations(examined, true)]
    : [...ask, ...withTwoRoles(connect, examined), "grant Kong's role what it lacks in the schema"];
}

/** Kong's own role looks first. A command that migrates does not need it. */
function withTwoRoles(connect: string, examined: Examined): string[] {
  const { command, settings } = examined;
  const create = provision(examined, "Kong's role, the migrator and the database");
  if (command.kind === 'migrations') return [...create, `${connect} as the migrator`, ...migrations(examined, false)];
  const look = settings.fastPath === 'on' ? [`${connect} as Kong's role`, REMEMBERED] : [];
  return [
    ...look,
    ...create,
    look.length === 0 ? `${connect} as the migrator` : 'log in as the migrator, whose secret is asked for only now',
    ...migrations(examined, false),
  ];
}

function provision({ settings }: Examined, what: string): string[] {
  return settings.provision === 'off' ? [] : [`log in as the admin, and create ${what} where they are not there`];
}

function migrations({ command, policy, settings }: Examined, looks: boolean): string[] {
  if (command.kind === 'migrations')
    return ['take the lock', `run kong migrations ${command.step}`, 'ask Kong whether it is done'];
  const isFast = looks && settings.fastPath === 'on';
  return [isFast ? `${REMEMBERED}; otherwise take the lock` : 'take the lock', ruleOf(policy)];
}

const REMEMBERED = 'continue at once if this schema is remembered as ready';

function tokenStep(typed: Examined['known']['typed']): readonly string[] {
  const setting = tokenSettingOf(typed);
  if (setting === undefined || setting === 'pg_oauth_auth') return [];
  return [`${setting === 'pg_iam_auth' ? 'sign' : 'ask for'} a token for the login (${setting})`];
}

function ruleOf(policy: Examined['policy']): string {
  const empty = 'an empty schema is bootstrapped, an interrupted bootstrap is repaired';
  if (policy === 'up') return `${empty}, new migrations are run (up), pending ones are left`;
  if (policy === 'finish') return `${empty}, new migrations are run (up), pending ones too (finish)`;
  return `${empty}, new migrations stop the start`;
}

function handOver({ becomes, handover, references }: Known, { command, target }: Examined): string[] {
  if (command.kind === 'migrations' || command.kind === 'wait') return ['exit with its result'];
  if (becomes === null || target === undefined) return [];
  const words = [becomes.path, ...becomes.argv.slice(1)].join(' ');
  if (command.kind === 'values') return [`become ${words}, with values in place of its references`];
  const before = nativePreparation(target);
  if (references.length === 0) return [...before, `become ${words}`];
  const state = handover === 'values' ? 'pointing to values in variables' : 'intact';
  return [...before, `become ${words}, its references ${state}`];
}

/** What the image's script would do. */
function nativePreparation({ preparation: native }: Target): string[] {
  if (native === undefined) return [];
  const words = native.argv.join(' ');
  const sockets = native.effects.socketFolders.length === 0 ? '' : 'remove dangling sockets there, ';
  return [`run ${words}, ${sockets}and link Kong's logs to the container's streams`];
}

function vaultsOf({ requests }: Known): string {
  return [...new Set(requests.map(({ vault }) => vault))].join(', ');
}
