import type { RunResult } from "../../types/run-result.js";
import { outputText } from "../output-text.js";
import { printable } from "../printable.js";
import { plural } from "../units.js";
import { isLossCertain, shortcomingsOf, whereAllIsListed } from "./shortcomings.js";
import { total } from "./sum-of-counts.js";
import { noRecordWasFound, reservations, whatWasAskedFor } from "./what-was-asked-for.js";

/** What a run that wrote commands may claim, once it came to its end: never that anything is in Redis. */
export function outputSentence(result: RunResult): string {
  const shortcomings = shortcomingsOf(result);
  const written = total(result, "written");
  const where = result.output === null ? "nowhere" : printable(outputText(result.output));
  const commands = `${plural(written, "command")} ${written === 1 ? "was" : "were"} written to ${where}`;
  if (shortcomings !== "") {
    const beside = written === 0 ? "" : `; ${commands}, and nothing to Redis`;
    const not = isLossCertain(result) ? "Not" : "Perhaps not";
    return `${not} all that the files hold is in the commands: ${shortcomings}${whereAllIsListed(result)}${beside}`;
  }
  if (written === 0) return `No command was written: ${noRecordWasFound(result)}`;
  const all = whatWasAskedFor(result);
  return `${commands} for ${all} that the files hold${reservations(result)}, and nothing to Redis`;
}

/** What is not known where no server is asked. */
export function outputHints(result: RunResult): string[] {
  if (result.mode !== "output" || total(result, "written") === 0) return [];
  return [
    "Redis gets them by redis-cli --pipe. What it holds under a key already stays as it is, and redis-cli does not say so: --verify does, where Redis can be reached.",
  ];
}
