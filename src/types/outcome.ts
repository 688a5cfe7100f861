import type { FieldDifference } from "./comparison.js";
import type { Kind } from "./kind.js";
import type { Place } from "./row.js";

export const migrateOutcomes = [
  "created",
  "updated",
  "unchanged",
  "kept",
  "conflict",
  "failed",
  "archived",
] as const;

/** `failed` is what Redis closes the connection for each time it is read. */
export const verifyOutcomes = [
  "matched",
  "missing",
  "different",
  "kept",
  "expiry",
  "wrongType",
  "failed",
] as const;

/** What an undo does with what a run wrote; `changed` is what the app has written since. */
export const undoOutcomes = ["deleted", "restored", "unchanged", "changed", "failed"] as const;

export type MigrateOutcome = (typeof migrateOutcomes)[number];
export type VerifyOutcome = (typeof verifyOutcomes)[number];
type UndoOutcome = (typeof undoOutcomes)[number];
export type Outcome = MigrateOutcome | VerifyOutcome | UndoOutcome;

/** What became of one entry. */
export interface Settled {
  readonly outcome: Outcome;
  readonly fields: readonly FieldDifference[];
  readonly reason?: string;
}

/** What becomes of a row in whose place another one counts. */
export interface SkippedDuplicate {
  readonly outcome: "duplicate" | "conflict" | "different";
  /** The row that counts, as people find it. */
  readonly winner: string;
  /** How it differs from the row that counts; null where it has the same id and content. */
  readonly reason: string | null;
  /** Whether it may hold something that the row that counts lacks. */
  readonly leftOut: boolean;
  readonly fields: readonly FieldDifference[];
}

/** One record of the differences list. */
export interface Difference {
  readonly kind: Kind;
  readonly name: string;
  readonly difference: Outcome | "extra" | "duplicate";
  /** Its row; absent for what is in Redis or in a journal alone. */
  readonly place?: Place;
  readonly fields: readonly FieldDifference[];
  /** The server's words, where Redis refused the record; which row counts in its place, where another one does. */
  readonly reason?: string;
}

/** `extra` and `leftOut` (duplicates that hold what the row that counts lacks) stand beside the sum. */
export type Counts = Record<"read" | "invalid" | "duplicate", number> &
  Partial<Record<Outcome | "extra" | "leftOut", number>>;
