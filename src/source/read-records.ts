import { nameOf, redisKeyOf, ttlOf } from "../record/redis-key.js";
import type { Entry, Kind, Row, Source } from "../types.js";
import type { Keyspace } from "./decode-row.js";
import { decodeRow } from "./decode-row.js";
import type { RejectedText } from "./rejected-text.js";
import { type FastRow, type SplitOptions, splitIntoRows } from "./split-into-rows.js";

/** A record, or a row or other text that is none. */
export type Found = { readonly entry: Entry } | RejectedText;

export interface FoundBatch {
  readonly found: readonly Found[];
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
): AsyncGenerator<FoundBatch> {
  let bytesRead = 0;
  for await (const { items, values, otherSets, ...batch } of splitIntoRows(source, options)) {
    // What proves to be JSON lines is read from the beginning again.
    bytesRead = Math.max(bytesRead, batch.bytesRead);
    const found: Found[] = [];
    for (const item of items) {
      const one = foundIn(item, values, keyspace, only);
      if (isWanted("entry" in one ? one.entry.kind : one.rejection.kind, only)) found.push(one);
    }
    yield { found, bytesRead, otherSets };
  }
}

function isWanted(kind: Kind | null, only: Kind | null): boolean {
  return only === null || kind === null || kind === only;
}

function foundIn(
  item: Row | FastRow | RejectedText,
  values: Buffer,
  keyspace: Keyspace,
  only: Kind | null,
): Found {
  if ("rejection" in item) return item;
  return "bytes" in item ? foundOfRow(item, keyspace, only) : { entry: entryOf(item, values, keyspace) };
}

/** A row of the fast path has nothing odd. */
function entryOf({ kind, id, place, from, to }: FastRow, values: Buffer, { prefix, ttl }: Keyspace): Entry {
  return {
    kind,
    name: nameOf(kind, id),
    redisKey: redisKeyOf(prefix, kind, id),
    value: values.subarray(from, to),
    ttl: ttlOf(kind, ttl),
    place,
    oddities: [],
  };
}

function foundOfRow(row: Row, keyspace: Keyspace, only: Kind | null): Found {
  const decoded = decodeRow(row, keyspace);
  if (!("reason" in decoded)) return { entry: decoded };
  // It stands where a record can, so it is counted, be its kind unknown.
  const kind = decoded.kind ?? only ?? "conversation";
  const rejection = { ...decoded, kind, bytes: row.bytes.length };
  return { rejection, bytes: row.bytes, continued: false };
}
