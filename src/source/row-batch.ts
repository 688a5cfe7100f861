import type { Kind } from "../types/kind.js";
import type { Row } from "../types/row.js";
import type { RejectedText } from "./rejected-text.js";

/** What one chunk of a source held. It lasts until the next one is asked for. */
export interface RowBatch {
  /** In the order of the source; a number stands for so many rows of `fastRows`. */
  readonly items: readonly (Row | RejectedText | number)[];
  /** Rows that were read in one go, and need no decoding: see `RecordColumns`. */
  readonly fastRows: Float64Array;
  /** Their values. */
  readonly values: Buffer;
  /** Bytes of the source read until now. */
  readonly bytesRead: number;
  /** Rows of other sets that were skipped until now, by the name of their set. */
  readonly otherSets: ReadonlyMap<string, number>;
}

/** For batches that have none. */
export const noFastRows = { fastRows: new Float64Array(0), values: Buffer.alloc(0) } as const;

/** How to read; the rows are the same. */
export interface SplitOptions {
  /** Whether rows that stand as most do are read in one go. Default: true. */
  readonly fastPath?: boolean;
  /** The kind of those that are wanted; null for both. Default: null. */
  readonly fastKind?: Kind | null;
  /** Whether a batch is done with when the next one is asked for, so that its memory is used again. Default: false. */
  readonly reuseMemory?: boolean;
  /** How much is scanned of the first chunk before what it held is handed out, in bytes. Default: all of it. */
  readonly firstPart?: number;
}
