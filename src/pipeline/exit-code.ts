import type { Counts, Mode } from "../types.js";

/** What decides a run's exit code. */
export interface Ending {
  readonly mode: Mode;
  readonly counts: readonly Counts[];
  /** Stretches that could not be read, and are not one row each for certain. */
  readonly unreadable: number;
  /** Keys that Redis threw away while the run wrote. */
  readonly evicted: number;
  /** Sources that were replaced or written to while this ran. */
  readonly changedSources: number;
  readonly failed: boolean;
  readonly interrupted: "SIGINT" | "SIGTERM" | null;
  /** Whether a dry run with work to do is to be told from one without. */
  readonly tellWork: boolean;
}

/**
 * 0 done, 1 failed, 2 differences (or work to do), 3 some records could not be, 130 and 143 interrupted.
 * Where several hold: failure, interruption, differences, 3, and work to do only where nothing is worse.
 */
export function exitCodeOf(ending: Ending): number {
  const { mode, counts, unreadable, evicted, changedSources, failed, interrupted, tellWork } = ending;
  const sum = (...names: readonly (keyof Counts)[]): number =>
    counts.reduce((total, count) => total + names.reduce((some, name) => some + (count[name] ?? 0), 0), 0);
  if (failed) return 1;
  if (interrupted !== null) return interrupted === "SIGINT" ? 130 : 143;
  if (sum("missing", "different", "expiry", "wrongType") > 0) return 2;
  const troubled = unreadable + evicted + changedSources;
  if (troubled + sum("invalid", "leftOut", "conflict", "failed", "changed") > 0) return 3;
  return mode === "dry-run" && tellWork && sum("created", "updated") > 0 ? 2 : 0;
}
