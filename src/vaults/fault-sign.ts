/** What a row looks for in an answer. All of it must be there; a row without any of it fits every answer. */
export type FaultSign<Fact extends string = string> = {
  /** An HTTP status, a list of them, or a class such as `5xx`. */
  readonly status?: number | readonly number[] | '3xx' | '4xx' | '5xx';
  /** The code that the service, the system or TLS gave the fault. */
  readonly code?: string | RegExp;
  /** What the service's own words must match. */
  readonly message?: RegExp;
  /** Something that the backend found out and that no field of the answer says. */
  readonly fact?: Fact;
};

/** What an answer says, as far as a table looks at it. */
export type FaultAnswer<Fact extends string = string> = {
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly facts?: readonly Fact[];
  /** Kept as the cause of the error: only for what holds no secret, such as an error of the file system. */
  readonly cause?: unknown;
};

/** Whether all that a sign looks for is in the answer. */
export function fits(answer: FaultAnswer, { status, code, message, fact }: FaultSign): boolean {
  return (
    (status === undefined || hasStatus(answer.status, status)) &&
    (code === undefined || hasCode(answer.code, code)) &&
    (message === undefined || message.test(answer.message ?? '')) &&
    (fact === undefined || answer.facts?.includes(fact) === true)
  );
}

function hasStatus(status: number | undefined, wanted: NonNullable<FaultSign['status']>): boolean {
  if (status === undefined) return false;
  if (typeof wanted === 'string') return Math.floor(status / 100) === Number(wanted[0]);
  return typeof wanted === 'number' ? status === wanted : wanted.includes(status);
}

function hasCode(code: string | undefined, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? code === wanted : code !== undefined && wanted.test(code);
}
