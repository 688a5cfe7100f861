import { Interruption } from "../errors.js";

/** What `promise` gives. @throws Interruption once the signal aborts, whatever becomes of the promise */
export async function orInterruption<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let interrupt = (): void => {};
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = () => reject(new Interruption());
    signal.addEventListener("abort", interrupt);
    if (signal.aborted) interrupt();
  });
  return Promise.race([promise, interrupted]).finally(() => signal.removeEventListener("abort", interrupt));
}
