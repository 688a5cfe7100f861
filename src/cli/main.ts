import { modeOf } from "../api/mode-of-flags.js";
import { type Crash, MigrateError } from "../errors.js";
import type { Display, Options } from "../options.js";
import { renderJson } from "../report/json.js";
import { printable } from "../report/printable.js";
import type { Secret } from "../secret.js";
import type { RunResult, Warning } from "../types/run-result.js";
import { tool } from "../version.js";
import { helpText } from "./flags.js";
import { readCommandLine } from "./read-command-line.js";
import { errorText, showResult } from "./show-result.js";
import { runUntilStopped } from "./stop-on-signal-or-crash.js";

// What a run needs beyond this is loaded when there is one: asking for help should not wait for Redis' client.

/** What the command line needs of Node's `process`. */
export type Process = Pick<
  NodeJS.Process,
  "argv" | "env" | "stdin" | "stdout" | "stderr" | "on" | "off" | "exit"
>;

/**
 * The command line, from arguments to exit code. The only place that knows `process`.
 * @returns the exit code
 */
export async function main(process: Process): Promise<number> {
  surviveBrokenOutput(process);
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
  const shownWarnings = new Set<string>();
  const warn = ({ message }: Warning) => {
    shownWarnings.add(message);
    alert(`warning: ${message}`);
  };
  const mayAsk = process.stdin.isTTY && process.stderr.isTTY && !options.sources.includes("-");
  let typed: Secret | null = null;
  const work = (signal: AbortSignal, interrupt: () => void) => {
    const ask = async () => {
      const { askPassword } = await import("./password-prompt.js");
      typed = await askPassword(process.stdin, process.stderr, interrupt, signal);
      return typed;
    };
    const hooks = {
      note,
      alert,
      warn,
      ...(progress === null ? {} : { progress: progress.progress }),
      ...(mayAsk ? { askPassword: ask } : {}),
    };
    return run(options, { hooks, signal, stdin: process.stdin });
  };
  const { returned, crash } = await runUntilStopped(process, work, () => progress?.stop());
  const result = await resultOf(options, returned, crash);
  progress?.stop();
  // The app needs the password as much as this run did.
  const address = { ...options.address, password: typed ?? options.address.password };
  await showResult(result, address, display, shownWarnings, process);
  // What crashed may go on for ever, and nothing is written once the result is shown.
  if (returned === null) process.exit(result.exitCode);
  return result.exitCode;
}

/** What the run returned; an exception that nobody caught makes it a failure. */
async function resultOf(
  { mode, dryRun }: Options,
  returned: RunResult | null,
  crash: Crash | null,
): Promise<RunResult> {
  if (returned !== null && crash === null) return returned;
  const { failedRun, internalError } = await import("../pipeline/result.js");
  const failed = failedRun(mode, dryRun, internalError(crash?.error));
  if (returned === null) return failed;
  return { ...returned, error: failed.error, interrupted: null, exitCode: failed.exitCode };
}

/** @returns the options, or the exit code where help was asked for or the command line is wrong */
async function readOptions(process: Process): Promise<(Options & { readonly display: Display }) | number> {
  const { argv, env, stdout, stderr } = process;
  const { flags, sources, problems } = readCommandLine(argv.slice(2));
  if (flags.help || flags.version) {
    stdout.write(flags.help ? helpText() : `${tool.version}\n`);
    return 0;
  }
  const { parseOptions } = await import("./parse-options.js");
  try {
    return parseOptions(flags, sources, env, problems);
  } catch (error) {
    if (!(error instanceof MigrateError)) throw error;
    if (flags.json) {
      const { failedRun } = await import("../pipeline/result.js");
      stdout.write(renderJson(failedRun(modeOf(flags), flags.dryRun ?? false, error)));
    }
    stderr.write(errorText(error));
    return 1;
  }
}

/**
 * A reader that closes its end (`| head`) must not end a migration half-way, and neither must a full disk behind stdout;
 * but then the result is lost, and that is a failure.
 */
function surviveBrokenOutput(process: Process): void {
  const { stdout, stderr } = process;
  stderr.on("error", () => {});
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    stderr.write(`error: the result cannot be written to standard output: ${error.code ?? "unknown"}\n`);
    process.exit(1);
  });
}
