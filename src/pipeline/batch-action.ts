import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import type { BatchMode, PipelineContext } from "./pipeline-context.js";

/** What became of some records; null where it is not known, for the reason that `failure` holds. */
export interface BatchOutcome {
  readonly settled: readonly (Settled | null)[];
  readonly failure: { readonly error: unknown } | null;
}

/** What a mode does with a batch of records. */
export type BatchAction = (entries: readonly Entry[], context: PipelineContext) => Promise<BatchOutcome>;

export type BatchActions = Readonly<Record<BatchMode, BatchAction>>;
