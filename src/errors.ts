/** What an error carries besides its sentence: a hint that says what to do, and what it concerns. */
export type ErrorDetails = {
  readonly hint: string;
  /** The setting and where it came from, such as `KONG_PG_PASSWORD`; printed before the sentence. */
  readonly subject?: string | undefined;
  /** Kong's key of the setting, such as `pg_password`, from where it is not known how the operator set it. */
  readonly settingKey?: string | undefined;
  readonly cause?: unknown;
  /** Kong's own text for the same situation, kept for tests: it may tell of a value, so it is never printed. */
  readonly kongMessage?: string | undefined;
};

/** An error that an operator can meet. The exit code and the hint travel with it; nobody who catches it looks them up. */
export abstract class EntrypointError extends Error {
  abstract readonly exitCode: number;
  readonly hint: string;
  readonly subject: string | undefined;
  readonly settingKey: string | undefined;
  declare readonly kongMessage: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint;
    this.subject = details.subject;
    this.settingKey = details.settingKey;
    Object.defineProperty(this, 'kongMessage', { value: details.kongMessage, enumerable: false });
  }
}

/** The command line cannot be understood. */
export class UsageError extends EntrypointError {
  readonly exitCode = 64;
}

/** The secret was found, and its content is not usable. */
export class SecretContentError extends EntrypointError {
  readonly exitCode = 65;
}

/** There is no such secret, version or variable. */
export class SecretNotFoundError extends EntrypointError {
  readonly exitCode = 66;
}

/** The system refused what any process may ask for, such as starting a process or making a folder. */
export class SystemRefusedError extends EntrypointError {
  readonly exitCode = 71;
}

/** Not available in time: a vault, the database, a lock. A restart may help. */
export class UnavailableError extends EntrypointError {
  readonly exitCode = 75;
}

/** Refused: credentials, permissions, login. */
export class AccessRefusedError extends EntrypointError {
  readonly exitCode = 77;
}

/** A setting or a reference is malformed or cannot work here, or the policy says stop. */
export class SettingError extends EntrypointError {
  readonly exitCode = 78;
}

/** The program to run is there and cannot be executed. */
export class NotExecutableError extends EntrypointError {
  readonly exitCode = 126;
}

/** The program to run is not there. */
export class ProgramNotFoundError extends EntrypointError {
  readonly exitCode = 127;
}

/** `kong migrations` ended with an error of its own; its exit status becomes ours. */
export class ChildFailedError extends EntrypointError {
  readonly exitCode: number;

  constructor(message: string, details: ErrorDetails & { readonly exitCode: number }) {
    super(message, details);
    this.exitCode = details.exitCode;
  }
}

/** A stop signal ended the start; the exit status is 128 + n, as a shell has it. */
export class StoppedBySignalError extends EntrypointError {
  readonly exitCode: number;

  constructor(message: string, details: ErrorDetails & { readonly signalNumber: number }) {
    super(message, details);
    this.exitCode = 128 + details.signalNumber;
  }
}

/** Several errors met in one step, reported together. The exit code is the first that a restart cannot heal. */
export class SeveralErrors extends Error {
  readonly errors: readonly EntrypointError[];

  constructor(errors: readonly EntrypointError[]) {
    super(errors.map((error) => error.message).join('; '));
    this.name = 'SeveralErrors';
    this.errors = errors;
  }

  get exitCode(): number {
    return exitCodeOf(this.errors);
  }
}

/** The exit code of what failed together: the first that a restart cannot heal, else 75; 0 for nothing. */
export function exitCodeOf(failures: readonly { readonly exitCode: number }[]): number {
  return (failures.find(({ exitCode }) => exitCode !== 75) ?? failures[0])?.exitCode ?? 0;
}

/** Throws nothing for none, the error itself for one, and all of them together for more. */
export function throwTogether(errors: readonly EntrypointError[]): void {
  const [first, second] = errors;
  if (first === undefined) return;
  throw second === undefined ? first : new SeveralErrors(errors);
}

/** The same error, now naming what it concerns. An error that already names its subject keeps it. */
export function concerning<E extends EntrypointError>(error: E, subject: string, message: string = error.message): E {
  return Object.create(error, {
    subject: { value: error.subject ?? subject, enumerable: true },
    message: { value: message, enumerable: false },
  });
}

/** The same error, now about a setting that Kong knows by this key. An error that names what it concerns keeps that. */
export function concerningSetting<E extends EntrypointError>(error: E, settingKey: string): E {
  if (error.subject !== undefined || error.settingKey !== undefined) return error;
  return Object.create(error, { settingKey: { value: settingKey, enumerable: true } });
}

/** The same error in other words. */
export function withMessage<E extends EntrypointError>(error: E, message: string): E {
  return Object.create(error, { message: { value: message, enumerable: false } });
}

/** The code that Node or the system gave an error, such as `ENOENT`; `unknown` where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
