import { Crash } from "../errors.js";

/** What is needed here of Node's `process`. */
type Process = Pick<NodeJS.Process, "on" | "off" | "exit" | "stderr">;

/** How long a run may take to end once an exception that nobody caught broke into it. In ms. */
const timeToEndMs = 5_000;

/**
 * Runs `work` so that the first SIGINT or SIGTERM asks it to finish what is under way, and a second one ends the
 * process as soon as `showAtOnce` has shown what can be shown by then; a third waits not even for that. An exception that
 * nobody caught asks for the same as the first. Once `work` has ended, a signal does not keep what it returned from being
 * shown; one more does.
 * @param tidyUp called before anything is shown
 * @returns what it returned; null where a crash kept it from ending
 */
export async function runUntilStopped<T>(
  process: Process,
  work: (signal: AbortSignal, interrupt: () => void) => Promise<T>,
  tidyUp: () => void,
  showAtOnce: (signal: "SIGINT" | "SIGTERM", code: 130 | 143, then: () => void) => void,
): Promise<{ readonly returned: T | null; readonly crash: Crash | null }> {
  const controller = new AbortController();
  let isEnding = false;
  let hasEnded = false;
  const stop = (signal: "SIGINT" | "SIGTERM", code: 130 | 143) => () => {
    if (isEnding) process.exit(code);
    if (hasEnded) {
      isEnding = true;
      return;
    }
    tidyUp();
    if (controller.signal.aborted) {
      isEnding = true;
      showAtOnce(signal, code, () => process.exit(code));
      return;
    }
    process.stderr.write("Stopping once what is under way is finished; once more ends it at once.\n");
    controller.abort(signal);
  };
  const interrupt = stop("SIGINT", 130);
  const terminate = stop("SIGTERM", 143);
  let crash: Crash | null = null;
  let timer: NodeJS.Timeout | undefined;
  let giveUp = (): void => {};
  const givenUp = new Promise<null>((resolve) => {
    giveUp = () => resolve(null);
  });
  const onCrash = (error: unknown) => {
    crash ??= new Crash(error);
    timer ??= setTimeout(giveUp, timeToEndMs);
    controller.abort(crash);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", terminate);
  process.on("uncaughtException", onCrash);
  try {
    const returned = await Promise.race([work(controller.signal, interrupt), givenUp]);
    // What ends meanwhile is not shown once more.
    if (isEnding) await new Promise<never>(() => {});
    return { returned, crash };
  } finally {
    hasEnded = true;
    clearTimeout(timer);
    process.off("uncaughtException", onCrash);
  }
}
