import type { Kind } from "../types/kind.js";
import type { Place, Row } from "../types/row.js";
import type { Gathered } from "./json/fast-row.js";
import type { RejectedText } from "./rejected-text.js";

/** A row that was read in one go, and needs no decoding. */
export interface FastRow extends Gathered {
  readonly kind: Kind;
  readonly place: Place;
}

/** What one chunk of a source held, in its order. */
export interface RowBatch {
  readonly items: readonly (Row | FastRow | RejectedText)[];
  /** The values of the fast rows. */
  readonly values: Buffer;
  /** Bytes of the source read until now. */
  readonly bytesRead: number;
  /** Rows of other sets that were skipped until now, by the name of their set. */
  readonly otherSets: ReadonlyMap<string, number>;
}

/** How to read; the rows are the same. */
export interface SplitOptions {
  /** Whether rows that stand as most do are read in one go. Default: true. */
  readonly fastPath?: boolean;
  /** Whether a batch is done with when the next one is asked for, so that its memory is used again. Default: false. */
  readonly reuseMemory?: boolean;
  /** How much is scanned of the first chunk before what it held is handed out, in bytes. Default: all of it. */
  readonly firstPart?: number;
}
