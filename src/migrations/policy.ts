import type { Command, MigrationsStep } from '../settings/command.ts';
import type { MigrationsPolicy } from '../settings/entrypoint-settings.ts';
import type { SchemaState } from './schema-state.ts';

/** What to do next, for a state of the schema and a policy. */
export type Action =
  | { readonly kind: 'run'; readonly step: MigrationsStep }
  | { readonly kind: 'hand over' }
  | { readonly kind: 'poll' }
  | { readonly kind: 'stop'; readonly because: 'new' | 'unfinished' | 'finish first' };

type Situation = 'not bootstrapped' | 'new' | 'new and pending' | 'pending' | 'up to date';
type AskingPolicy = Exclude<MigrationsPolicy, 'off'>;

const bootstrap: Action = { kind: 'run', step: 'bootstrap' };
const up: Action = { kind: 'run', step: 'up' };
const finish: Action = { kind: 'run', step: 'finish' };
const handOver: Action = { kind: 'hand over' };
const poll: Action = { kind: 'poll' };

/** The whole policy: one row a situation, one column a policy. `up` and `finish` are asked again after each step. */
const table: Readonly<Record<Situation, Readonly<Record<AskingPolicy, Action>>>> = {
  'not bootstrapped': { bootstrap, up: bootstrap, finish: bootstrap, wait: poll },
  new: { bootstrap: { kind: 'stop', because: 'new' }, up, finish: up, wait: poll },
  'new and pending': {
    bootstrap: { kind: 'stop', because: 'unfinished' },
    up: { kind: 'stop', because: 'finish first' },
    finish,
    wait: poll,
  },
  pending: { bootstrap: handOver, up: handOver, finish, wait: handOver },
  'up to date': { bootstrap: handOver, up: handOver, finish: handOver, wait: handOver },
};

export type PolicyInput = {
  readonly state: SchemaState;
  readonly policy: AskingPolicy;
  /** Whether a bootstrap of ours, by this version of Kong, was begun and never ended. */
  readonly interrupted: boolean;
};

/** The policy of a start: at least `up` for `kong start --run-migrations`. `off` for any other command, which says itself what to run. */
export function policyOf(command: Command, policy: MigrationsPolicy): MigrationsPolicy {
  if (command.kind === 'wait') return 'wait';
  if (command.kind !== 'start') return 'off';
  return command.runsMigrations && policy !== 'finish' ? 'up' : policy;
}

/** Decides what comes next. Kong starts with pending migrations, never with new ones; `finish` locks out the version before. */
export function decide({ state, policy, interrupted }: PolicyInput): Action {
  const situation = situationOf(state);
  const isCure = interrupted && policy !== 'wait' && situation !== 'not bootstrapped' && situation !== 'up to date';
  if (isCure) return state.hasPending ? finish : up;
  return table[situation][policy];
}

function situationOf({ needsBootstrap, hasNew, hasPending }: SchemaState): Situation {
  if (needsBootstrap) return 'not bootstrapped';
  if (hasNew) return hasPending ? 'new and pending' : 'new';
  return hasPending ? 'pending' : 'up to date';
}
