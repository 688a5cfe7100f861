import type { Kind } from "./kind.js";
import type { Mode, Policy } from "./mode-and-policy.js";
import type { Counts, Difference } from "./outcome.js";
import type { Finding, Topology } from "./redis-findings.js";
import type { Rejection } from "./row.js";
import type { Layout } from "./source-file.js";

/** The JSON result; its shape is documented in the README. */
export interface RunResult {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: string; readonly version: string };
  readonly mode: Mode;
  /** Whether nothing was to be written: in the mode dry-run, and for an undo with --dry-run. */
  readonly dryRun: boolean;
  /** The kind that alone was asked for; null for both. */
  readonly only: Kind | null;
  readonly onConflict: Policy;
  readonly sources: readonly SourceSummary[];
  readonly target: TargetSummary | null;
  readonly counts: { readonly conversations: Counts; readonly keys: Counts };
  /** Places where files are damaged, beside invalid rows: how many rows they cost is not known, and may be none. */
  readonly unreadable: number;
  /** Keys that Redis threw away while the run wrote; null where it did not say, or was not asked. */
  readonly evicted: number | null;
  readonly reading: Reading;
  readonly differences: readonly Difference[];
  readonly rejections: readonly Rejection[];
  /** How many differences there are, whether listed or not. */
  readonly differencesFound: number;
  /** Whether either list above was cut; the counts never are. */
  readonly truncated: boolean;
  readonly warnings: readonly Warning[];
  /** What was found about Redis before the first write. */
  readonly preflight: readonly Finding[];
  /** About how much Redis' `used_memory` grows by what a dry run would create and update; null in other modes. */
  readonly estimatedMemoryBytes: number | null;
  readonly error: RunError | null;
  readonly interrupted: "SIGINT" | "SIGTERM" | null;
  /**
   * When a conversation written by this run, or by the one that a dry run mirrors, and used by nobody leaves Redis; null
   * if it never does. ISO 8601.
   */
  readonly expiresAt: string | null;
  /** The journal that this run wrote, or undid; null for none. */
  readonly journal: string | null;
  readonly exitCode: number;
  readonly durationMs: number;
}

export interface SourceSummary {
  readonly path: string;
  readonly bytes: number;
  readonly layout: Layout;
  readonly conversations: number;
  readonly keys: number;
}

interface TargetSummary {
  /** Without credentials. */
  readonly url: string;
  readonly prefix: string;
  /** Null where no server answered. */
  readonly topology: Topology | null;
  /** Such as `redis 7.0.15`; null where no server answered. */
  readonly server: string | null;
}

/** How far the files were read. */
export interface Reading {
  /** Whether everything was still being checked, before the first write. */
  readonly checking: boolean;
  /** Bytes read, and bytes that were to be read, in all passes of this stage together. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Records that were checked by `--strict`. */
  readonly checked: number;
}

export interface Warning {
  readonly code: string;
  readonly message: string;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}
