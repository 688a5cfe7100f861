import type { RunResult } from "../../types/run-result.js";
import { total } from "./sum-of-counts.js";

const onInvalid =
  "What is invalid or damaged stays in the file alone, which the app may write anew: copy it before the app starts, correct the copy (--rejects keeps the text), and migrate that.";
const onDuplicates =
  "Where a duplicate holds what the row that counts lacks: put both together in a copy of the file, or choose with --on-duplicate.";

/** What may be done about rows that were left out of what is migrated, or looked for. */
export function leftOutHints(result: RunResult): string[] {
  // Of an export, it is not files that something was left out of.
  if (result.mode === "export") return [];
  return [
    ...(result.unreadable + total(result, "invalid") > 0 ? [onInvalid] : []),
    ...(total(result, "leftOut") > 0 ? [onDuplicates] : []),
  ];
}
