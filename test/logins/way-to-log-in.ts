/** Where a row is proved: a test file, and a text that the title of the test has in its source. */
export type Proof = readonly [file: string, title: string];

/** One way to log in. */
export type WayToLogIn = {
  /** The vault backend, or the database. */
  readonly to: string;
  readonly way: string;
  /** What chooses it. */
  readonly by: string;
  /** The first version of Kong Gateway that has it. */
  readonly since: string;
  /** The test in which it is let in. */
  readonly letIn: Proof;
  /** What is nearly right, and the test in which that is refused. */
  readonly nearly: string;
  readonly refused: Proof;
};
