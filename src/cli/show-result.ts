import type { Display, Options } from "../options.js";
import { renderJson } from "../report/json.js";
import { printable } from "../report/printable.js";
import type { RunResult } from "../types/run-result.js";

/** What is needed here of Node's `process`. */
type Output = Pick<NodeJS.Process, "stdout" | "stderr">;

/**
 * The result to stdout; the error to stderr, and the warnings that were not shown yet.
 * @param shown the messages of those that were
 */
export async function showResult(
  result: RunResult,
  address: Options["address"],
  display: Display,
  shown: ReadonlySet<string>,
  { stdout, stderr }: Output,
): Promise<void> {
  const { error, warnings, sources } = result;
  for (const { message } of display.quiet ? [] : warnings)
    if (!shown.has(message)) stderr.write(`warning: ${printable(message)}\n`);
  const nothingDone = error !== null && sources.length === 0;
  if (display.json) stdout.write(renderJson(result));
  else if (!nothingDone) {
    const { renderText } = await import("../report/text.js");
    stdout.write(renderText(result, address, display.color && stdout.isTTY));
  }
  if (error !== null) stderr.write(errorText(error));
}

/** An error for people: each line of what is wrong, then what to do. */
export function errorText({ message, hint }: { readonly message: string; readonly hint: string }): string {
  const lines = message.split("\n").map((line) => `error: ${printable(line)}\n`);
  return `${lines.join("")}${printable(hint)}\n`;
}
