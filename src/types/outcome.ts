import type { FieldDifference } from "./comparison.js";

export type { Counts } from "./counts.js";
export type { Difference } from "./difference.js";

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

/** What an export does with what a key holds; `invalid` is no record, and `wrongType` not even a string. */
export const exportOutcomes = ["exported", "invalid", "wrongType", "failed"] as const;

/** What becomes of a record where no server is asked: a command that creates it is written down. */
export const outputOutcomes = ["written", "conflict"] as const;

export type MigrateOutcome = (typeof migrateOutcomes)[number];
export type VerifyOutcome = (typeof verifyOutcomes)[number];
export type Outcome =
  | MigrateOutcome
  | VerifyOutcome
  | (typeof undoOutcomes)[number]
  | (typeof exportOutcomes)[number]
  | (typeof outputOutcomes)[number];

/** What became of one entry. */
export interface Settled {
  /** When it leaves Redis, in ms since 1970, where that is not what its entry says. */
  readonly expiresAt?: number | null;
  readonly outcome: Outcome;
  readonly fields: readonly FieldDifference[];
  readonly reason?: string;
  /** Where a plan is made or kept: a digest of what was decided, and over what. */
  readonly decision?: string;
}

/** What becomes of a row in whose place another one counts. */
export interface SkippedDuplicate {
  readonly outcome: "duplicate" | "conflict" | "missing" | "different" | "wrongType" | "failed";
  /** The row that counts, as people find it. */
  readonly winner: string;
  /** How it differs from the row that counts; null where it has the same id and content. */
  readonly reason: string | null;
  /** Whether the row that counts has all of its messages: by `--on-duplicate merge`. */
  readonly merged?: boolean;
  /** Whether it may hold something that the row that counts lacks. */
  readonly leftOut: boolean;
  readonly fields: readonly FieldDifference[];
}
