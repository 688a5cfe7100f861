import type { LargestValue } from "../redis/value-size-limits.js";

/** What is known of all masters before anything is written. */
export interface Facts {
  readonly masters: readonly MasterFacts[];
  /** Keys under the prefix, or, where there were too many to count, some of them. */
  readonly inUse: { readonly keys: number; readonly all: boolean } | null;
}

/** What is known of one master; null is what this user may not ask. */
export interface MasterFacts {
  /** Host and port, for sentences. */
  readonly at: string;
  /** Its share of the keys, from 0 to 1. */
  readonly share: number;
  /** Such as `redis 7.0.15`. */
  readonly server: string | null;
  readonly role: string | null;
  /** Of a replica: whether it follows its master, having copied all that was there. */
  readonly followsMaster: boolean | null;
  readonly loading: boolean | null;
  /** Whether it writes an append-only file. */
  readonly appends: boolean | null;
  /** Its `save` points; empty for none. */
  readonly save: string | null;
  readonly lastSaveFailed: boolean | null;
  /** The largest value that it takes in a command. */
  readonly largestValue: LargestValue | null;
  /** In bytes; 0 for no limit. */
  readonly maxMemory: number | null;
  readonly usedMemory: number | null;
  readonly policy: string | null;
  /** Keys, and those with an expiry, in the database in use. */
  readonly keys: number;
  readonly expiring: number;
  /** What it answered to commands as the run will send them, on keys that do not exist. */
  readonly tried: readonly TriedCommand[];
}

export interface TriedCommand {
  readonly command: string;
  /** What comes of a run without it; null where there can be none. */
  readonly without: string | null;
  /**
   * Null where it would have been done; `unknown`: there is no such command, by this name at least; `syntax`: there is,
   * without an option that the run needs.
   */
  readonly refused:
    | "command"
    | "unknown"
    | "syntax"
    | "key"
    | "readonly"
    | "misconf"
    | "oom"
    | "replicas"
    | null;
}
