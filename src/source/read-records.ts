import type { Entry } from "../types/entry.js";
import type { Kind } from "../types/kind.js";
import type { Row } from "../types/row.js";
import type { Source } from "../types/source-file.js";
import { decodeRow } from "./decode-row.js";
import { type Keyspace, makeEntry } from "./make-entry.js";
import type { RejectedText } from "./rejected-text.js";
import type { FastRow, SplitOptions } from "./row-batch.js";
import { splitIntoRows } from "./split-into-rows.js";

/** A record, or a row or other text that is none. */
export type RecordOrRejected = { readonly entry: Entry } | RejectedText;

export interface RecordBatch {
  readonly items: readonly RecordOrRejected[];
  /** Bytes of the source read until now. */
  readonly bytesRead: number;
  /** Rows of other sets that were skipped until now, by the name of their set. */
  readonly otherSets: ReadonlyMap<string, number>;
  /** Gives the memory of its values back, to be used again: nothing may read any of them afterwards. */
  readonly release?: () => void;
}

/**
 * All records of a source, split and decoded, in its order, a chunk's worth at a time.
 * @param only the kind that is wanted; null for both. What is of no kind is always among them.
 * @throws MigrateError `source-unreadable`
 */
export async function* readRecords(
  source: Source,
  keyspace: Keyspace,
  only: Kind | null,
  options: SplitOptions = {},
): AsyncGenerator<RecordBatch> {
  let bytesRead = 0;
  for await (const batch of splitIntoRows(source, options)) {
    // What proves to be JSON lines is read from the beginning again.
    bytesRead = Math.max(bytesRead, batch.bytesRead);
    const items: RecordOrRejected[] = [];
    for (const row of batch.items) {
      const item = decode(row, batch.values, keyspace, only);
      const kind = "entry" in item ? item.entry.kind : item.rejection.kind;
      if (only === null || kind === null || kind === only) items.push(item);
    }
    yield { items, bytesRead, otherSets: batch.otherSets };
  }
}

function decode(
  row: Row | FastRow | RejectedText,
  values: Buffer,
  keyspace: Keyspace,
  only: Kind | null,
): RecordOrRejected {
  if ("rejection" in row) return row;
  if (!("bytes" in row)) {
    const { kind, id, place, from, to } = row;
    return {
      entry: makeEntry(kind, id, keyspace, { value: values.subarray(from, to), place, oddities: [] }),
    };
  }
  const decoded = decodeRow(row, keyspace);
  if (!("reason" in decoded)) return { entry: decoded };
  // It stands where a record can, so it is counted, be its kind unknown.
  const kind = decoded.kind ?? only ?? "conversation";
  const rejection = { ...decoded, kind, bytes: row.bytes.length };
  return { rejection, bytes: row.bytes, continued: false };
}
