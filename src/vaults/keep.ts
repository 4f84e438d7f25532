/** A value that is asked for when it is first needed, and kept until it is forgotten. */
export type Kept<T> = {
  /** The kept value, or a new one. Whoever asks meanwhile waits for the same answer. A failure is not kept. Throws what asking throws. */
  get(): Promise<T>;
  /** Forgets this value; a newer one is kept. */
  forget(value: T): void;
};

export function keep<T>(ask: () => Promise<T>): Kept<T> {
  let kept: { readonly asked: Promise<T>; value?: T } | undefined;

  function renew(): Promise<T> {
    const asking: { readonly asked: Promise<T>; value?: T } = { asked: ask() };
    kept = asking;
    asking.asked.then(
      (value) => {
        asking.value = value;
      },
      () => {
        if (kept === asking) kept = undefined;
      },
    );
    return asking.asked;
  }

  return {
    get: () => kept?.asked ?? renew(),
    forget(value) {
      if (kept?.value === value) kept = undefined;
    },
  };
}
