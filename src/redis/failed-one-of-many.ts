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

/** What was done for one of many. @throws what it failed with */
export function orThrow<T>(done: T | Failed): T {
  if (done instanceof Failed) throw done.error;
  return done;
}
