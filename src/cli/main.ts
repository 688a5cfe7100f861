import { MigrateError } from "../errors.js";
import type { Display, Options } from "../options.js";
import { renderJson } from "../report/json.js";
import { printable } from "../report/printable.js";
import type { Secret } from "../secret.js";
import type { RunResult, Warning } from "../types.js";
import { tool } from "../version.js";
import { helpText, readCommandLine } from "./flags.js";
import { modeOf } from "./mode-from-flags.js";

// What a run needs beyond this is loaded when there is one: asking for help should not wait for Redis' client.

/** What the command line needs of Node's `process`. */
export type Process = Pick<
  NodeJS.Process,
  "argv" | "env" | "stdin" | "stdout" | "stderr" | "on" | "off" | "exit"
>;

/**
 * The command line, from arguments to exit code. The only place that prints, or listens to signals.
 * @returns the exit code
 */
export async function main(process: Process): Promise<number> {
  surviveOutput(process);
  try {
    return await runCommand(process);
  } catch (error) {
    const { internalError } = await import("../pipeline/result.js");
    process.stderr.write(errorText(internalError(error)));
    return 1;
  }
}

async function runCommand(process: Process): Promise<number> {
  const options = await readOptions(process);
  if (typeof options === "number") return options;
  const { display } = options;
  const terminal = process.stderr.isTTY && process.env.TERM !== "dumb" && !process.env.CI;
  const [{ run }, { showProgress }] = await Promise.all([
    import("../run.js"),
    import("../report/progress-bar.js"),
  ]);
  const progress = display.progress ? await showProgress(process.stderr, terminal) : null;
  const note = display.verbose ? (text: string) => process.stderr.write(`${printable(text)}\n`) : () => {};
  const alert = (text: string) => {
    progress?.stop();
    if (!display.quiet) process.stderr.write(`${printable(text)}\n`);
  };
  const told = new Set<string>();
  const warn = ({ message }: Warning) => {
    told.add(message);
    alert(`warning: ${message}`);
  };
  const mayAsk = process.stdin.isTTY && process.stderr.isTTY && !options.sources.includes("-");
  let answer: Secret | null = null;
  const work = (signal: AbortSignal, interrupt: () => void) => {
    const ask = async () => {
      const { askPassword } = await import("./password-prompt.js");
      answer = await askPassword(process.stdin, process.stderr, interrupt, signal);
      return answer;
    };
    const hooks = {
      note,
      alert,
      warn,
      progress: progress?.progress ?? (() => {}),
      ...(mayAsk ? { askPassword: ask } : {}),
    };
    return run(options, { hooks, signal, stdin: process.stdin });
  };
  const { ended, crash } = await stoppable(process, work, () => progress?.stop());
  const result = await resultOf(options, ended, crash);
  progress?.stop();
  // The app needs the password as much as this run did.
  const address = { ...options.address, password: answer ?? options.address.password };
  await report(result, address, display, told, process);
  // What was broken may go on for ever, and nothing is written once the result is told.
  if (ended === null) process.exit(result.exitCode);
  return result.exitCode;
}

/** The result as it is told: an exception that nobody caught counts for more than how the run ended. */
async function resultOf(
  { mode, dryRun }: Options,
  ended: RunResult | null,
  crash: Crash | null,
): Promise<RunResult> {
  if (ended !== null && crash === null) return ended;
  const { failedRun, internalError } = await import("../pipeline/result.js");
  const failed = failedRun(mode, dryRun, internalError(crash?.error));
  return ended === null
    ? failed
    : { ...ended, error: failed.error, interrupted: null, exitCode: failed.exitCode };
}

/** @returns the options, or the exit code where help was asked for or the command line is wrong */
async function readOptions(process: Process): Promise<(Options & { readonly display: Display }) | number> {
  const { argv, env, stdout, stderr } = process;
  const line = readCommandLine(argv.slice(2));
  if (line.flags.help) {
    stdout.write(helpText());
    return 0;
  }
  if (line.flags.version) {
    stdout.write(`${tool.version}\n`);
    return 0;
  }
  const { parseOptions } = await import("./parse-options.js");
  try {
    return parseOptions(line.flags, line.sources, env, line.problems);
  } catch (error) {
    if (!(error instanceof MigrateError)) throw error;
    const mode = modeOf(line.flags);
    if (line.flags.json) {
      const { failedRun } = await import("../pipeline/result.js");
      stdout.write(renderJson(failedRun(mode, line.flags.dryRun ?? false, error)));
    }
    stderr.write(errorText(error));
    return 1;
  }
}

/** An exception that nobody caught. */
interface Crash {
  readonly error: unknown;
}

/** How long a run may take to end once an exception that nobody caught broke into it. In ms. */
const mostBrokenMs = 5_000;

/**
 * Runs `work` so that the first SIGINT or SIGTERM asks it to finish what is under way, and a second one ends the
 * process at once, after `tidyUp`. An exception that nobody caught asks for the same.
 * @returns how it ended; null where it did not, because of the crash
 */
async function stoppable<T>(
  process: Process,
  work: (signal: AbortSignal, interrupt: () => void) => Promise<T>,
  tidyUp: () => void,
): Promise<{ readonly ended: T | null; readonly crash: Crash | null }> {
  const controller = new AbortController();
  const stop = (signal: "SIGINT" | "SIGTERM", code: number) => () => {
    tidyUp();
    if (controller.signal.aborted) process.exit(code);
    process.stderr.write("Stopping once what is under way is finished; once more ends it at once.\n");
    controller.abort(signal);
  };
  const interrupt = stop("SIGINT", 130);
  const listeners = [
    ["SIGINT", interrupt],
    ["SIGTERM", stop("SIGTERM", 143)],
  ] as const;
  let crash: Crash | null = null;
  let timer: NodeJS.Timeout | undefined;
  let giveUp = (): void => {};
  const givenUp = new Promise<null>((resolve) => {
    giveUp = () => resolve(null);
  });
  const breakOff = (error: unknown) => {
    crash ??= { error };
    timer ??= setTimeout(giveUp, mostBrokenMs);
    controller.abort("SIGTERM");
  };
  for (const [signal, listener] of listeners) process.on(signal, listener);
  process.on("uncaughtException", breakOff);
  try {
    const ended = await Promise.race([work(controller.signal, interrupt), givenUp]);
    return { ended, crash };
  } finally {
    clearTimeout(timer);
    for (const [signal, listener] of listeners) process.off(signal, listener);
    process.off("uncaughtException", breakOff);
  }
}

/** The result to stdout; the error to stderr, and the warnings that were not told yet. */
async function report(
  result: RunResult,
  address: Options["address"],
  display: Display,
  told: ReadonlySet<string>,
  { stdout, stderr }: Process,
): Promise<void> {
  const { error, warnings } = result;
  if (!display.quiet) {
    for (const { message } of warnings.filter(({ message }) => !told.has(message)))
      stderr.write(`warning: ${printable(message)}\n`);
  }
  const nothingDone = error !== null && result.sources.length === 0;
  if (display.json) stdout.write(renderJson(result));
  else if (!nothingDone) {
    const { renderText } = await import("../report/text.js");
    stdout.write(renderText(result, address, display.color && stdout.isTTY));
  }
  if (error !== null) stderr.write(errorText(error));
}

function errorText({ message, hint }: { readonly message: string; readonly hint: string }): string {
  const lines = message.split("\n").map((line) => `error: ${printable(line)}\n`);
  return `${lines.join("")}${printable(hint)}\n`;
}

/**
 * A reader that closes its end (`| head`) must not end a migration half-way, and neither must a full disk behind stdout;
 * but then the result is lost, and that is a failure.
 */
function surviveOutput(process: Process): void {
  const { stdout, stderr } = process;
  stderr.on("error", () => {});
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    stderr.write(`error: the result cannot be written to standard output: ${error.code ?? "unknown"}\n`);
    process.exit(1);
  });
}
