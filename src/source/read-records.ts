import { redisKeyStart } from "../record/redis-key.js";
import type { Entry } from "../types/entry.js";
import type { Kind } from "../types/kind.js";
import type { Source } from "../types/source-file.js";
import { EntryInBatch, type Keyspace } from "./entry-in-batch.js";
import { type PackedBatch, packRecords } from "./pack-records.js";
import { KIND, NO_RECORD, stride } from "./record-columns.js";
import type { RejectedText } from "./rejected-text.js";
import type { SplitOptions } from "./row-batch.js";

/** A record, or a row or other text that is none. */
export type RecordOrRejected = Entry | RejectedText;

export interface RecordBatch extends Pick<PackedBatch, "bytesRead" | "otherSets"> {
  readonly items: readonly RecordOrRejected[];
  /** Gives the memory of its values back, to be used again: nothing may read any of its entries afterwards. */
  readonly release?: () => void;
}

/**
 * All records of a source, split and decoded, in its order, a chunk's worth at a time.
 * @param only the kind that is wanted; null for both. What is of no kind is always among them.
 * @throws MigrateError `source-unreadable`, `source-abandoned`
 */
export async function* readRecords(
  source: Source,
  keyspace: Keyspace,
  only: Kind | null,
  split: SplitOptions = {},
): AsyncGenerator<RecordBatch> {
  // Here nothing is gained by making digests before they are asked for.
  const options = { prefix: keyspace.prefix, only, digests: false };
  const room = (bytes: number) => new ArrayBuffer(bytes);
  for await (const packed of packRecords(source, options, room, split)) yield unpack(packed, keyspace);
}

/** The records of a batch. */
export function unpack(packed: PackedBatch, keyspace: Keyspace): RecordBatch {
  const { source, columns, digests, oddities, spellings, rejected, bytesRead, otherSets } = packed;
  const { prefix } = keyspace;
  const starts = {
    conversation: Buffer.from(redisKeyStart(prefix, "conversation")),
    key: Buffer.from(redisKeyStart(prefix, "key")),
  };
  const values = Buffer.from(packed.values.buffer);
  // One by one, since V8 compiles what reads objects of one shape once.
  const from = { source, columns, digests, oddities, spellings, values, keyspace, starts };
  const items: RecordOrRejected[] = [];
  let rejections = 0;
  for (let at = 0; at * stride < columns.length; at += 1) {
    if (columns[at * stride + KIND] !== NO_RECORD) items.push(new EntryInBatch(from, at));
    else {
      items.push(rejected[rejections] as RejectedText);
      rejections += 1;
    }
  }
  return { items, bytesRead, otherSets };
}
