import type { Journal } from "../journal/write.js";
import type { Options } from "../options.js";
import type { Summary } from "../pipeline/summary.js";
import type { Rejects } from "../report/rejects-file.js";
import type { Hooks } from "../types/hooks.js";
import type { Topology } from "../types/redis-findings.js";
import type { OutputSummary } from "../types/run-result.js";

/** What a run gets from outside, besides its options. */
export interface Surroundings {
  readonly hooks?: Hooks;
  /** Once it aborts (its reason `SIGINT`, `SIGTERM` or a `Crash`), what is in flight is finished and no more begun. */
  readonly signal?: AbortSignal;
  /** What the source `-` stands for. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Writes the data of an `--export` or `--output` to `-`; of the bytes nothing is kept once the promise is fulfilled. */
  readonly writeOutput?: (bytes: Uint8Array) => Promise<void>;
}

/** What a run finds out on its way: of use in the result also when it ends early. */
export interface RunState {
  /** As given, but for where an undo's journal says that Redis is. */
  options: Options;
  /** Whether it is known where Redis is: for an undo, only once its journal is read. */
  addressIsKnown: boolean;
  readonly surroundings: Surroundings;
  readonly summary: Summary;
  topology: Topology | null;
  server: string | null;
  /** By how many bytes a dry run's work would grow Redis' memory. */
  estimatedBytes: number | null;
  /** What this run writes down, while it does. */
  openJournal: Journal;
  /** The journal that was written or undone. */
  journal: string | null;
  /** Where commands were written to, once they stand there for whoever carries them out. */
  output: OutputSummary | null;
  /** The file that an export wrote, once it is whole. */
  exported: OutputSummary | null;
  /** The archive that was written, or that was there before and is compared with. */
  archive: string | null;
  /** The file of --rejects; null for none, and where nothing was rejected. */
  rejects: Rejects | null;
}
