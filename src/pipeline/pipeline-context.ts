import type { Journal } from "../journal/write.js";
import type { Options } from "../options.js";
import type { Facts } from "../preflight/judge-server.js";
import type { Store } from "../redis/store.js";
import type { Rejects } from "../report/rejects-file.js";
import type { Reader } from "../source/worker/start-reader-thread.js";
import type { Hooks, Source } from "../types.js";
import type { BatchAction, BatchMode } from "./batch-action.js";
import type { Summary } from "./summary.js";

/** What the pipeline reads from, writes to, and reports to. */
export interface PipelineContext {
  /** What each mode does with a batch: a migration may need a dry run first. */
  readonly actions: Readonly<Record<BatchMode, BatchAction>>;
  readonly sources: readonly Source[];
  readonly reader: Reader;
  readonly store: Store;
  readonly facts: Facts;
  readonly journal: Journal;
  readonly rejects: Rejects | null;
  readonly summary: Summary;
  readonly options: Options & { readonly mode: BatchMode };
  readonly hooks: Hooks;
  readonly signal: AbortSignal | undefined;
}
