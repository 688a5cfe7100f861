import { modeOf } from "../api/mode-of-flags.js";
import { type Crash, MigrateError } from "../errors.js";
import type { Display, Options } from "../options.js";
import { renderJson } from "../report/json.js";
import type { Secret } from "../secret.js";
import type { RunResult, Warning } from "../types/run-result.js";
import { tool } from "../version.js";
import { helpText } from "./flags.js";
import { annotationLines, isInGithubActions, withStepSummary } from "./github-actions.js";
import { errorText, messageText, noteText } from "./message-text.js";
import { type ParsedCommandLine, readCommandLine } from "./read-command-line.js";
import { isWarningShown, showResult } from "./show-result.js";
import { dataProblems, dataWriter, isStandardOutput } from "./standard-output.js";
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
  try {
    return await runCommand(process);
  } catch (error) {
    const { internalError } = await import("../pipeline/result.js");
    process.stderr.write(errorText(internalError(error), process.stderr, false));
    return 1;
  }
}

async function runCommand(process: Process): Promise<number> {
  const { env, stderr } = process;
  const commandLine = readCommandLine(process.argv.slice(2));
  const holdsData = [commandLine.flags.export, commandLine.flags.output].some(isStandardOutput);
  surviveBrokenOutput(process, holdsData);
  const options = await readOptions(commandLine, process);
  if (typeof options === "number") return options;
  const { display } = options;
  const terminal = stderr.isTTY && env.TERM !== "dumb" && !env.CI;
  const [{ run }, { showProgress }, { showAtOnce }] = await Promise.all([
    import("../run.js"),
    import("../report/progress-bar.js"),
    // By then there may be no time to load it.
    import("./end-at-once.js"),
  ]);
  const progress = display.progress ? await showProgress(stderr, terminal) : null;
  const note = display.verbose ? (text: string) => stderr.write(noteText(text, stderr)) : () => {};
  const alert = (text: string) => {
    progress?.stop();
    if (!display.quiet) stderr.write(noteText(text, stderr));
  };
  const shownOn = { stdout: holdsData ? stderr : process.stdout, stderr };
  const isShown = (warning: Warning) => isWarningShown(warning, display, shownOn);
  const shownWarnings = new Set<string>();
  const warn = (warning: Warning) => {
    if (!isShown(warning)) return;
    shownWarnings.add(warning.message);
    progress?.stop();
    stderr.write(messageText("warning", warning.message, stderr, display.color));
  };
  const mayAsk = process.stdin.isTTY && stderr.isTTY && !options.sources.includes("-");
  let typed: Secret | null = null;
  // The app needs the password as much as this run did, and so does an undo.
  const addressNow = () => ({ ...options.address, password: typed ?? options.address.password });
  let resultSoFar: (() => RunResult) | null = null;
  const work = (signal: AbortSignal, interrupt: () => void) => {
    const ask = async () => {
      const { askPassword } = await import("./password-prompt.js");
      typed = await askPassword(process.stdin, stderr, interrupt, signal);
      return typed;
    };
    const hooks = {
      begun: (soFar: () => RunResult) => {
        resultSoFar = soFar;
      },
      note,
      alert,
      warn,
      ...(progress === null ? {} : { progress: progress.progress }),
      ...(mayAsk ? { askPassword: ask } : {}),
    };
    return run(options, { hooks, signal, stdin: process.stdin, writeOutput: dataWriter(process.stdout) });
  };
  const { returned, crash } = await runUntilStopped(
    process,
    work,
    () => progress?.stop(),
    (signal, exitCode, then) => {
      if (resultSoFar === null) return then();
      const result = { ...resultSoFar(), interrupted: signal, exitCode };
      showAtOnce(result, { ...options, address: addressNow() }, shownOn, then);
    },
  );
  const ended = await resultOf(options, returned, crash);
  progress?.stop();
  const address = addressNow();
  const onGithub = isInGithubActions(env);
  const result = onGithub ? await withStepSummary(ended, address, env) : ended;
  const { given: flags, sources } = commandLine;
  const asked = { flags, sources, environment: urlVariable(commandLine, env) };
  await showResult(result, address, display, asked, shownWarnings, shownOn);
  if (onGithub) stderr.write(await annotationLines(result, env, isShown));
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

/** The variable that says where Redis is, where it does: a next run would else go to the default server. */
function urlVariable({ flags }: ParsedCommandLine, env: Process["env"]): string[] {
  const { url, host, port, undo, output } = flags;
  const isElsewhere = [url, host, port, undo, output].some((flag) => flag !== undefined);
  return env.REDIS_URL === undefined || isElsewhere ? [] : ["REDIS_URL"];
}

/** @returns the options, or the exit code where help was asked for or the command line is wrong */
async function readOptions(
  { flags, sources, problems }: ParsedCommandLine,
  { env, stdout, stderr }: Process,
): Promise<(Options & { readonly display: Display }) | number> {
  if (flags.help || flags.version) {
    stdout.write(flags.help ? helpText() : `${tool.version}\n`);
    return 0;
  }
  const { parseOptions } = await import("./parse-options.js");
  const holdsData = [flags.export, flags.output].some(isStandardOutput);
  try {
    return parseOptions(flags, sources, env, [...problems, ...dataProblems(flags, stdout)]);
  } catch (error) {
    if (!(error instanceof MigrateError)) throw error;
    const onGithub = isInGithubActions(env);
    if (flags.json || onGithub) {
      const { failedRun } = await import("../pipeline/result.js");
      const result = failedRun(modeOf(flags), flags.dryRun ?? false, error);
      if (flags.json) (holdsData ? stderr : stdout).write(renderJson(result));
      if (onGithub) stderr.write(await annotationLines(result, env, () => true));
    }
    if (!(holdsData && flags.json))
      stderr.write(errorText(error, stderr, flags.color !== false && !env.NO_COLOR));
    return 1;
  }
}

/**
 * A reader that closes its end (`| head`) must not end a migration half-way, and neither must a full disk behind stdout;
 * but then the result is lost, and that is a failure.
 * @param holdsData whether stdout gets commands, so that the run itself fails
 */
function surviveBrokenOutput(process: Process, holdsData: boolean): void {
  const { stdout, stderr } = process;
  stderr.on("error", () => {});
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || holdsData) return;
    stderr.write(`error: the result cannot be written to standard output: ${error.code ?? "unknown"}\n`);
    process.exit(1);
  });
}
