import type { Display, Options } from "../options.js";
import { renderJson } from "../report/json.js";
import type { CommandLine } from "../report/next-command.js";
import { columnsOf } from "../report/wrap.js";
import type { RunResult, Warning } from "../types/run-result.js";
import { codesShownAnyway } from "../types/warning-codes.js";
import { errorText, messageText } from "./message-text.js";

/** Where it is shown. */
export interface Output {
  /** stderr too, where stdout is taken. */
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.Process["stderr"];
}

/** Whether a warning is to be shown: who wants none gets those of what was asked for and not done, unless the JSON beside says so. */
export function isWarningShown(
  { code }: Warning,
  { quiet, json }: Display,
  { stdout, stderr }: Output,
): boolean {
  return !quiet || (codesShownAnyway.has(code) && !(json && stdout === stderr));
}

/**
 * The result to stdout, or to stderr where that is given in its place; the error to stderr, and the warnings that were not shown yet.
 * @param commandLine how it was asked for, for the run that comes next
 * @param shown the messages of those that were
 */
export async function showResult(
  result: RunResult,
  address: Options["address"],
  display: Display,
  commandLine: CommandLine,
  shown: ReadonlySet<string>,
  output: Output,
): Promise<void> {
  const { stdout, stderr } = output;
  const { error, warnings, sources } = result;
  for (const warning of warnings)
    if (!shown.has(warning.message) && isWarningShown(warning, display, output))
      stderr.write(messageText("warning", warning.message, stderr, display.color));
  const nothingDone = error !== null && sources.length === 0;
  if (display.json) stdout.write(renderJson(result));
  // To be quiet about an export to standard output is to write nothing else.
  else if (!nothingDone && !(display.quiet && stdout === stderr)) {
    const { renderText } = await import("../report/text.js");
    const look = { color: display.color && stdout.isTTY, columns: columnsOf(stdout) };
    stdout.write(renderText(result, address, commandLine, look));
  }
  // What the JSON says is not said once more beside it.
  if (error !== null && !(display.json && stdout === stderr))
    stderr.write(errorText(error, stderr, display.color));
}
