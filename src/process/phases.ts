/**
 * Where the time of a start goes. What is left of the whole is the runtime's start, our own work, and `kong prepare` in a native start,
 * which is timed in a line of its own.
 */
export type Phase = 'references' | 'database' | 'migrations';

/** Adds up how long each phase took, in milliseconds. */
export type Phases = {
  /** Runs the action and counts its time to the phase; what is counted to another phase meanwhile is taken off. */
  measure<T>(phase: Phase, action: () => Promise<T>): Promise<T>;
  took(phase: Phase): number;
};

export function createPhases(now: () => number = () => performance.now()): Phases {
  const totals: Record<Phase, number> = { references: 0, database: 0, migrations: 0 };
  const sum = (): number => totals.references + totals.database + totals.migrations;
  return {
    async measure(phase, action) {
      const [started, counted] = [now(), sum()];
      try {
        return await action();
      } finally {
        totals[phase] += now() - started - (sum() - counted);
      }
    },
    took: (phase) => totals[phase],
  };
}
