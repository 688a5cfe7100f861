import type { Journal } from "../journal/write.js";
import type { MemoryEstimate } from "../preflight/memory-estimate.js";
import type { Store } from "../redis/store.js";
import type { Entry, Mode, Policy, Settled } from "../types.js";

/** What a mode needs besides the records. */
export interface BatchContext {
  readonly store: Store;
  readonly journal: Journal;
  /** Whether the run keeps a journal, or, of a dry run, the run that follows. */
  readonly keepsJournal: boolean;
  readonly policy: Policy;
  /** Where a dry run adds up what its work would cost in memory. */
  readonly estimate: MemoryEstimate;
}

/** What became of some records; null where it is not known, for the reason that `failure` holds. */
export interface BatchOutcome {
  readonly settled: readonly (Settled | null)[];
  readonly failure: { readonly error: unknown } | null;
}

/** What a mode does with a batch of records. */
export type BatchAction = (entries: readonly Entry[], context: BatchContext) => Promise<BatchOutcome>;

/** The modes that read records from files. */
export type BatchMode = Exclude<Mode, "undo">;
