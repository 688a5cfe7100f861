import type { RunResult } from "../../types/run-result.js";
import { printable } from "../printable.js";
import { bytes, elapsed, plural } from "../units.js";
import { restOfPlan } from "./plan.js";
import { shortcomingsOf } from "./shortcomings.js";
import { total } from "./sum-of-counts.js";

/** What is said of a run that an error stopped. */
export function stoppedSentence(result: RunResult): string {
  if (result.mode === "output") {
    const { output, durationMs } = result;
    const how = `Stopped by an error after ${elapsed(durationMs)}${extentRead(result)}`;
    const counts = result.reading.checking ? "" : " the counts are what was read until then, and";
    return output === null
      ? `${how};${counts} no file of commands was made.`
      : `${how}; the counts are what was written until then, and whoever reads it may have got more.`;
  }
  const did = { undo: "taken back", export: "read" } as const;
  const { mode } = result;
  const wrote = mode === "undo" || mode === "export" ? did[mode] : "done";
  const until = writesNothing(result) ? "compared" : wrote;
  const stopped = `Stopped by an error after ${elapsed(result.durationMs)}${extentRead(result)}${withoutFile(result)}`;
  if (result.reading.checking) return `${stopped}.`;
  return `${stopped}; the counts are what was ${until} until then${restOfPlan(result)}.`;
}

/** What is said of a run that a signal interrupted. */
export function interruptedSentence(result: RunResult): string {
  const { interrupted, durationMs } = result;
  const records = `${plural(total(result, "read"), "record")} settled`;
  if (result.mode === "output") {
    const how = `Interrupted by ${printable(interrupted ?? "")} after ${elapsed(durationMs)}${extentRead(result)}`;
    const left = result.output === null ? "no file of commands was made" : "whoever reads commands has them";
    return `${how}, ${records}; ${left}: run it again for the whole.`;
  }
  const startsAnew = writesNothing(result) || result.mode === "export";
  const again = startsAnew ? "run it again for the whole" : "run it again to do the rest";
  const rest = restOfPlan(result);
  return `Interrupted by ${printable(interrupted ?? "")} after ${elapsed(durationMs)}${extentRead(result)}, ${records}${withoutFile(result)}${rest === "" ? `: ${again}` : rest}.`;
}

/** What is said of a run that `--strict` kept from its first write. */
export function refusedByStrictSentence(result: RunResult): string {
  const { dryRun, reading, durationMs } = result;
  const head = `Nothing ${dryRun ? "would be" : "was"} written: --strict, and not all records are valid`;
  const among = `${plural(reading.checked, "record")} in ${bytes(reading.bytes)}`;
  return `${head}: ${shortcomingsOf(result)} among ${among}, checked in ${elapsed(durationMs)}.`;
}

function writesNothing({ mode, dryRun }: RunResult): boolean {
  return mode === "verify" || dryRun;
}

/** That an export left no file of its name, in a clause. */
function withoutFile({ mode, export: written, warnings }: RunResult): string {
  if (mode !== "export" || written !== null) return "";
  const isKept = warnings.some(({ code }) => code === "export-unfinished");
  return isKept ? ", and no whole file was made (the warning names what was kept)" : ", and no file was made";
}

/** How far the files were read, in a clause; empty for a mode that reads none. */
function extentRead({ mode, reading: { checking, bytes: done, totalBytes, checked } }: RunResult): string {
  if (mode === "undo" || totalBytes === 0) return "";
  const amount = done >= totalBytes ? `all ${bytes(totalBytes)}` : `${bytes(done)} of ${bytes(totalBytes)}`;
  const records = checked === 0 ? "" : `${plural(checked, "record")}, `;
  return checking
    ? `, while checking all first (${records}${amount}), before the first write`
    : `, with ${amount} read`;
}
