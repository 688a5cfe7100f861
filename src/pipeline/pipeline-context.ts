import type { Journal } from "../journal/write.js";
import type { Options } from "../options.js";
import type { Facts } from "../preflight/server-facts.js";
import type { Store } from "../redis/store.js";
import type { Rejects } from "../report/rejects-file.js";
import type { Reader } from "../source/read-in-thread-or-here.js";
import type { Hooks } from "../types/hooks.js";
import type { Mode } from "../types/mode-and-policy.js";
import type { Source } from "../types/source-file.js";
import type { Archive } from "./archive.js";
import type { Summary } from "./summary.js";

/** The modes that read records from files. */
export type BatchMode = Exclude<Mode, "undo">;

/** What the pipeline reads from, writes to, and reports to. */
export interface PipelineContext {
  readonly sources: readonly Source[];
  readonly reader: Reader;
  readonly store: Store;
  readonly facts: Facts;
  readonly journal: Journal;
  readonly rejects: Rejects | null;
  /** Null where no conversation is past its time. */
  readonly archive: Archive | null;
  readonly summary: Summary;
  readonly options: Options & { readonly mode: BatchMode };
  readonly hooks: Hooks;
  readonly signal: AbortSignal | undefined;
  /** Whether nothing stands under the prefix but what this run writes, as far as is known. */
  readonly prefix: { isEmpty: boolean };
}
