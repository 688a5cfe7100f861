/** What one of many could not be done for. */
export class Failed {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Does one of many; its failure is no failure of the others. */
export async function orFailed<T>(action: () => Promise<T>): Promise<T | Failed> {
  try {
    return await action();
  } catch (error) {
    return new Failed(error);
  }
}

/** What is there already is not waited for: of most batches all is, and a promise for each would cost more than the rest. */
export async function allOf<T>(results: readonly (T | Promise<T>)[]): Promise<readonly T[]> {
  return results.some((one) => one instanceof Promise) ? Promise.all(results) : (results as readonly T[]);
}

/** What was done for one of many. @throws what it failed with */
export function orThrow<T>(done: T | Failed): T {
  if (done instanceof Failed) throw done.error;
  return done;
}
