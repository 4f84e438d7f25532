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

function preparation(plan: Known, { command, policy, prepares, settings, known }: Examined): string[] {
  if (!prepares) return [];
  const secrets =
    plan.requests.length === 0 ? [] : [`ask ${vaultsOf(plan)} for ${count(plan.requests.length, 'secret')}`];
  if (plan.database === null) return secrets;
  const { host, port, database } = plan.database;
  const ask = [...secrets, ...tokenStep(known.typed)];
  if (command.kind === 'values') return ask;
  const provision =
    settings.provision === 'off'
      ? []
      : [`log in as the admin, and create Kong's role and database where they are not there`];
  const connect = `wait for PostgreSQL at ${host}:${port}, and log in to ${database}`;
  if (command.kind === 'migrations') {
    return [
      ...ask,
      ...provision,
      connect,
      'take the lock',
      `run kong migrations ${command.step}`,
      'ask Kong whether it is done',
    ];
  }
  if (policy === 'wait')
    return [...ask, connect, 'wait until somebody else has brought the schema to where this Kong needs it'];
  return [
    ...ask,
    ...provision,
    connect,
    settings.fastPath === 'on'
      ? 'go on at once if this schema is remembered as ready, else take the lock'
      : 'take the lock',
    ruleOf(policy),
  ];
}

function tokenStep(typed: Examined['known']['typed']): readonly string[] {
  const setting = tokenSettingOf(typed);
  if (setting === undefined || setting === 'pg_oauth_auth') return [];
  return [`${setting === 'pg_iam_auth' ? 'sign' : 'ask for'} a token for the login (${setting})`];
}

function ruleOf(policy: Examined['policy']): string {
  const empty = 'an empty schema is bootstrapped, an interrupted bootstrap is mended';
  if (policy === 'up') return `${empty}, new migrations are run (up), pending ones are left`;
  if (policy === 'finish') return `${empty}, new migrations are run (up), pending ones too (finish)`;
  return `${empty}, new migrations stop the start`;
}

function handOver({ becomes, handover, references }: Known, { command, target }: Examined): string[] {
  if (command.kind === 'migrations') return ['exit with what came of it'];
  if (becomes === null || target === undefined) return [];
  const words = [becomes.path, ...becomes.argv.slice(1)].join(' ');
  if (command.kind === 'values') return [`become ${words}, with values in place of its references`];
  const before = nativePreparation(target);
  if (references.length === 0) return [...before, `become ${words}`];
  const state = handover === 'values' ? 'leading to values in variables' : 'intact';
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
