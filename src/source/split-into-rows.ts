import type { Kind, Place, Row, Source } from "../types.js";
import type { Gathered } from "./json/fast-row.js";
import { formatOfFile } from "./other-formats.js";
import { type RejectedText, rejectedWithoutText } from "./rejected-text.js";
import { splitDocument } from "./split-document.js";
import { firstLine, splitJsonLines } from "./split-json-lines.js";

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
}

/**
 * Cuts a source into the raw text of its records, chunk by chunk, and reports where it cannot.
 * @throws MigrateError `source-unreadable`
 */
export async function* splitIntoRows(source: Source, options: SplitOptions = {}): AsyncGenerator<RowBatch> {
  if (source.layout === "unreadable") return yield await nameFormat(source);
  const linesFrom = source.layout === "lines" ? firstLine : yield* splitDocument(source, options);
  if (linesFrom !== null) yield* splitJsonLines(source, linesFrom);
}

/** Reports of a source of another format which one that is. */
async function nameFormat(source: Source): Promise<RowBatch> {
  const format = await formatOfFile(source);
  const place = { source: source.path, index: null, offset: 0, line: 1 };
  const reason = format === null ? "this is not JSON" : `is ${format.name}, not JSON. ${format.todo}`;
  const items = [rejectedWithoutText({ kind: null, place, reason })];
  return { items, values: Buffer.alloc(0), bytesRead: source.bytes, otherSets: new Map() };
}
