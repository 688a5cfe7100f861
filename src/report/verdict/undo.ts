import type { RunResult } from "../../types/run-result.js";
import { count } from "../units.js";
import { shortcomingsOf, whereAllIsListed } from "./shortcomings.js";
import { total } from "./sum-of-counts.js";

/** What an undo that came to its end may claim, as a dry run or not. */
export function undoSentence(result: RunResult): string {
  if (total(result, "read") === 0) return "There is nothing to undo: the journal names no change";
  const shortcomings = shortcomingsOf(result);
  const deleted = total(result, "deleted");
  const restored = total(result, "restored");
  const unchanged = total(result, "unchanged");
  const would = result.dryRun ? "would be " : "";
  const what = [
    ...(deleted > 0 ? [`${count(deleted)} ${would}deleted`] : []),
    ...(restored > 0 ? [`${count(restored)} ${would}restored`] : []),
    ...(unchanged > 0 ? [`${count(unchanged)} as before that run already`] : []),
  ].join(", ");
  if (shortcomings !== "") {
    const head = `Not all of the run ${result.dryRun ? "would be" : "is"} taken back`;
    const beside = what === "" ? "" : `; ${what}`;
    return `${head}: ${shortcomings}, left alone${whereAllIsListed(result)}${beside}`;
  }
  if (deleted + restored === 0) return `There was nothing left to undo: ${what}`;
  return result.dryRun ? `Nothing stands in the way: ${what}` : `The run is taken back: ${what}`;
}
