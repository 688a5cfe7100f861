import type { Mode } from "../types/mode-and-policy.js";
import {
  type Counts,
  exportOutcomes,
  migrateOutcomes,
  type Outcome,
  outputOutcomes,
  undoOutcomes,
  verifyOutcomes,
} from "../types/outcome.js";

function outcomesOf(mode: Mode): readonly Outcome[] {
  if (mode === "undo") return undoOutcomes;
  if (mode === "output") return outputOutcomes;
  if (mode === "export") return exportOutcomes;
  return mode === "verify" ? verifyOutcomes : migrateOutcomes;
}

/** All counts of a mode at zero, in the order in which they are shown. */
export function zeroCounts(mode: Mode): Counts {
  const counts: Counts = { read: 0, invalid: 0, duplicate: 0 };
  for (const outcome of outcomesOf(mode)) counts[outcome] = 0;
  if (mode === "verify") counts.extra = 0;
  if (mode !== "undo" && mode !== "export") counts.leftOut = 0;
  return counts;
}

/** Whether each record read was counted once; `extra`, and the duplicates that are `leftOut`, are not part of the sum. */
export function sumHolds(mode: Mode, counts: Counts): boolean {
  const parts = new Set<keyof Counts>(["invalid", "duplicate", ...outcomesOf(mode)]);
  return counts.read === [...parts].reduce((sum, part) => sum + (counts[part] ?? 0), 0);
}
