export type Environment = Readonly<Record<string, string>>;

/** One thing whose time is taken: from its start until its last program has ended. */
export type Contender = {
  readonly name: string;
  readonly words: readonly [string, ...string[]];
  /** What it is started in; made again for each run, outside what is measured. */
  readonly environment: () => Environment;
  /** What it must print the first time, so that what is measured is what is claimed. */
  readonly proof?: RegExp;
  /** Not ours: left out where it does not work. */
  readonly isOptional?: true;
};

/** Contenders that do the same job. The first is what the ratios of the others refer to. */
export type Group = {
  readonly title: string;
  readonly contenders: readonly Contender[];
  /** What could not be measured here, and why. */
  readonly notMeasured: readonly string[];
};

/** Where the programs are. */
export type Places = {
  readonly binary: string;
  readonly bundle: string;
  /** A program that does nothing, made as the binary is: on the same runtime, in one file. */
  readonly empty: string;
  /** A C program that only executes what it is given; undefined where no compiler is. */
  readonly floor: string | undefined;
};
