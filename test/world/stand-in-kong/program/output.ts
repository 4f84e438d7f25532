/** An error that Kong's command reports as `Error: ...` on stderr; the exit status is 1 unless said otherwise. */
export class KongError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

export type Output = {
  /** A normal message: stdout, silenced by `-q`. */
  say(message: string): void;
  verbose(message: string): void;
  debug(message: string): void;
};

export function createOutput(quiet: boolean, verbosity: 0 | 1 | 2): Output {
  const print = (shown: boolean, message: string) => {
    if (shown && !quiet) process.stdout.write(`${message}\n`);
  };
  return {
    say: (message) => print(true, message),
    verbose: (message) => print(verbosity >= 1, message),
    debug: (message) => print(verbosity >= 2, message),
  };
}
