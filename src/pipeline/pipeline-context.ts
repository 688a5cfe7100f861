import type { Journal } from "../journal/write.js";
import type { Options } from "../options.js";
import type { PlanToApply } from "../plan/read-plan.js";
import type { Facts } from "../preflight/server-facts.js";
import type { Store } from "../redis/store.js";
import type { Rejects } from "../report/rejects-file.js";
import type { Reader } from "../source/read-in-thread-or-here.js";
import type { Hooks } from "../types/hooks.js";
import type { Mode } from "../types/mode-and-policy.js";
import type { Source } from "../types/source-file.js";
import type { Archive } from "./archive.js";
import type { Summary } from "./summary.js";

/** What the pipeline reads from, and reports to: all that it needs where no server is asked. */
export interface ReadingContext {
  readonly sources: readonly Source[];
  readonly reader: Reader;
  /** Null where no server is asked. */
  readonly store: Store | null;
  readonly rejects: Rejects | null;
  readonly summary: Summary;
  readonly options: Options;
  readonly hooks: Hooks;
  readonly signal: AbortSignal | undefined;
}

/** The modes that read records from files, and ask Redis. */
export type BatchMode = Exclude<Mode, "undo" | "export" | "output">;

/** The same, with what a mode asks and writes to. */
export interface PipelineContext extends ReadingContext {
  readonly store: Store;
  readonly facts: Facts;
  readonly journal: Journal;
  /** Null where no conversation is past its time. */
  readonly archive: Archive | null;
  /** What a migration is to do, or nothing; null where no plan says it. */
  readonly planned: PlanToApply | null;
  readonly options: Options & { readonly mode: BatchMode };
  /** Whether nothing stands under the prefix but what this run writes, as far as is known. */
  readonly prefix: { isEmpty: boolean };
}
