/** Decisions that one run of an evaluation takes; the same question is answered the same way throughout the run. */
export type Choices = {
  take(question: string, count: number): number;
  taken(question: string): number | undefined;
};

const MOST_RUNS = 500;

/** Runs again and again until every combination of decisions that came up was taken. */
export function everyRun<T>(run: (choices: Choices) => T): T[] {
  const results: T[] = [];
  const path: { readonly count: number; index: number }[] = [];
  while (results.length < MOST_RUNS) {
    results.push(run(follow(path)));
    while (path.length > 0 && isLast(path.at(-1))) path.pop();
    const last = path.at(-1);
    if (last === undefined) return results;
    last.index += 1;
  }
  throw new Error('too many combinations');
}

function isLast(step: { readonly count: number; readonly index: number } | undefined): boolean {
  return step !== undefined && step.index === step.count - 1;
}

function follow(path: { readonly count: number; index: number }[]): Choices {
  const answers = new Map<string, number>();
  let depth = 0;
  return {
    taken: (question) => answers.get(question),
    take(question, count) {
      const known = answers.get(question);
      if (known !== undefined) return known;
      const step = path[depth] ?? { count, index: 0 };
      if (depth === path.length) path.push(step);
      depth += 1;
      answers.set(question, step.index);
      return step.index;
    },
  };
}
