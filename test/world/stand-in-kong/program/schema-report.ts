import { namespaceOf } from '../lua-files.ts';
import type { Output } from './output.ts';
import type { SchemaState, Subsystem } from './schema-state.ts';

const NEEDS_BOOTSTRAP = "Database needs bootstrapping or is older than Kong 1.0; run 'kong migrations bootstrap'";

/** The answer of `kong migrations status`. */
export function statusJson(state: SchemaState): string {
  const listed = (subsystems: readonly Subsystem[]) =>
    subsystems.length === 0
      ? undefined
      : subsystems.map(({ subsystem, migrations }) => ({
          subsystem,
          namespace: namespaceOf(subsystem),
          migrations: migrations.map(({ name }) => name),
        }));
  return JSON.stringify({
    needs_bootstrap: state.needsBootstrap,
    executed_migrations: listed(state.executed),
    pending_migrations: listed(state.pending),
    missing_migrations: listed(state.missing),
    new_migrations: listed(state.new),
  });
}

/** A line for each subsystem, as `kong migrations list` prints them. */
function describeSubsystems(subsystems: readonly Subsystem[]): string {
  const width = Math.max(...subsystems.map(({ subsystem }) => subsystem.length));
  const line = ({ subsystem, migrations }: Subsystem) =>
    `${subsystem.padStart(width)}: ${migrations.map(({ name }) => name).join(', ')}`;
  return subsystems.map(line).join('\n');
}

/** `kong migrations list`: for people, but for its exit status. */
export function listMigrations(state: SchemaState, output: Output): number {
  if (state.needsBootstrap) {
    output.say(NEEDS_BOOTSTRAP);
    return 3;
  }
  const groups = [
    ['Executed migrations', state.executed],
    ['Pending migrations', state.pending],
    ['New migrations available', state.new],
  ] as const;
  for (const [title, subsystems] of groups) {
    if (subsystems.length > 0) output.say(`${title}:\n${describeSubsystems(subsystems)}\n`);
  }
  if (state.pending.length > 0) output.say("Run 'kong migrations finish' when ready");
  else if (state.new.length > 0) output.say("Run 'kong migrations up' to proceed");
  if (state.pending.length > 0) return 4;
  return state.new.length > 0 ? 5 : 0;
}
