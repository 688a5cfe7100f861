import type { RunResult } from "../../types/run-result.js";
import { printable } from "../printable.js";
import { total } from "./sum-of-counts.js";

const onInvalid =
  "What is invalid or damaged stays in the file alone, which the app may write anew: copy it before the app starts, correct the copy (--rejects keeps the text), and migrate that.";
const onDuplicates =
  "Where a duplicate may hold what the row that counts lacks: its line says why, and --on-duplicate merge puts both together.";
const onArchive =
  "Conversations that came to their time since go to a new archive: name another file for --archive, as this one is never written to. Where there are none, run the same command without --verify.";
const onUnmerged = "Where a duplicate could not be merged: its line says why, and what to do.";

/** Where to find what `--rejects` kept, whatever became of the run. */
export function rejectsHints({ rejects, warnings }: RunResult): string[] {
  if (rejects === null) return [];
  if (warnings.some(({ code }) => code === "rejects-incomplete"))
    return [`What was rejected is named in ${printable(rejects)}, and kept as far as Redis handed it out.`];
  return [`What was rejected is kept in ${printable(rejects)}, with its messages and API keys.`];
}

/** What may be done about rows that were left out of what is migrated, or looked for. */
export function leftOutHints(result: RunResult): string[] {
  // Of an export, it is not files that something was left out of.
  if (result.mode === "export") return [];
  const isBehind =
    result.mode === "verify" && result.archive !== null && total(result, "missing", "different") > 0;
  return [
    ...(isBehind ? [onArchive] : []),
    ...(result.unreadable + total(result, "invalid") > 0 ? [onInvalid] : []),
    ...(total(result, "leftOut") > 0 ? [result.onDuplicate === "merge" ? onUnmerged : onDuplicates] : []),
  ];
}
