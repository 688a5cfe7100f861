import type { FieldDifference } from "./comparison.js";
import type { Kind } from "./kind.js";
import type { Outcome } from "./outcome.js";
import type { Place, Rejection } from "./row.js";
import type { RunResult, Warning } from "./run-result.js";

/** What became of one row, in the order of the sources. */
export interface RecordEvent {
  readonly kind: Kind;
  /** The id, or the API key masked. */
  readonly name: string;
  readonly outcome: Outcome | "duplicate" | "extra";
  /** Null for what is in Redis or in a journal alone. */
  readonly place: Place | null;
  /** Length of its value in bytes; null where it was not read. */
  readonly bytes: number | null;
  readonly fields: readonly FieldDifference[];
  readonly reason?: string;
  /** Of a duplicate, whether it may hold something that the row that counts lacks. */
  readonly leftOut?: boolean;
  /** Of a conversation, in ms since 1970; null where nothing says it. */
  readonly lastActivity: number | null;
  readonly messageCount: number | null;
  /** Seconds to live, as written or to be written; null for ever. */
  readonly ttl: number | null;
  /** When it leaves Redis, in ms since 1970, where that does not depend on when it is written. */
  readonly expiresAt: number | null;
}

/** What a report is written from, while a run goes on. No method throws: what cannot be written is a warning at the end. */
export interface ReportWriter {
  record(event: RecordEvent): void;
  rejected(rejection: Rejection): void;
  /** The damaged bytes that were rejected last go on for so many bytes. */
  extendRejected(bytes: number): void;
  /** After Redis lost data, a record counts as something else than was said of it before. */
  corrected(event: RecordEvent, before: Outcome): void;
  /** All is read once more: what was said before holds no longer. */
  startOver(): void;
  /**
   * Ends the report of a run, also of one that failed or was interrupted.
   * @param resultWith its result, where so much could not be written
   * @returns what could not be written
   */
  finish(resultWith: (lacking: readonly Warning[]) => RunResult): readonly Warning[];
}

export const reportFormats = ["jsonl", "md", "xml", "html"] as const;

export type ReportFormat = (typeof reportFormats)[number];

/** A file of --report. */
export interface ReportFile {
  readonly path: string;
  readonly format: ReportFormat;
}
