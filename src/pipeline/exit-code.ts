import type { Mode } from "../types/mode-and-policy.js";
import type { Counts } from "../types/outcome.js";
import type { RunResult } from "../types/run-result.js";

/** What decides a run's exit code. */
export interface Ending {
  readonly mode: Mode;
  readonly counts: readonly Counts[];
  /** Damaged parts of files that are not one row each for certain. */
  readonly unreadable: number;
  /** Keys that Redis evicted while the run wrote. */
  readonly evicted: number;
  /** Sources that were replaced or written to while this ran. */
  readonly changedSources: number;
  /** Whether some of what was written has left Redis again by its time. */
  readonly expiredMeanwhile: boolean;
  /** Whether what was done is not what the plan says. */
  readonly deviatesFromPlan: boolean;
  /** Whether a file that was asked for beside the work itself, such as a report, is not there, or not whole. */
  readonly lacksFile: boolean;
  readonly failed: boolean;
  readonly interrupted: "SIGINT" | "SIGTERM" | null;
  /** Whether a dry run with work to do exits with 2. */
  readonly workIsDifference: boolean;
}

/**
 * 0 done, 1 failed, 2 differences (or work to do), 3 not all is as it should be, 130 and 143 interrupted.
 * Where several hold: failure, interruption, differences, 3, and work to do only where nothing is worse.
 */
export function exitCodeOf(ending: Ending): RunResult["exitCode"] {
  const { mode, counts, unreadable, evicted, changedSources, failed, interrupted, workIsDifference } = ending;
  const sum = (...names: readonly (keyof Counts)[]): number =>
    counts.reduce((total, count) => total + names.reduce((some, name) => some + (count[name] ?? 0), 0), 0);
  if (failed) return 1;
  if (interrupted !== null) return interrupted === "SIGINT" ? 130 : 143;
  // An export compares nothing: what is no string is left out of its file.
  if (mode !== "export" && sum("missing", "different", "expiry", "wrongType") > 0) return 2;
  const deviations = [ending.expiredMeanwhile, ending.deviatesFromPlan, ending.lacksFile].filter(
    Boolean,
  ).length;
  const incomplete = unreadable + evicted + changedSources + deviations;
  if (incomplete + sum("invalid", "leftOut", "conflict", "failed", "changed", "wrongType") > 0) return 3;
  return mode === "dry-run" && workIsDifference && sum("created", "updated", "archived") > 0 ? 2 : 0;
}
