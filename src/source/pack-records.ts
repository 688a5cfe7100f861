import { digestOfKey, sha1 } from "../record/digest.js";
import { redisKeyStart } from "../record/redis-key.js";
import type { Oddity } from "../types/entry.js";
import { type Kind, kinds } from "../types/kind.js";
import type { Source } from "../types/source-file.js";
import { type DecodedRecord, decodeRow } from "./decode-row.js";
import * as column from "./record-columns.js";
import { RecordColumns, stride } from "./record-columns.js";
import type { RejectedText } from "./rejected-text.js";
import type { RowBatch, SplitOptions } from "./row-batch.js";
import { splitIntoRows } from "./split-into-rows.js";

/** The records of a chunk of a source, and what is none, in their order: as it may be sent from one thread to another. */
export interface PackedBatch {
  readonly source: string;
  /** See `RecordColumns`. */
  readonly columns: Float64Array<ArrayBuffer>;
  /** The values, and what else the columns refer to. */
  readonly values: Uint8Array<ArrayBuffer>;
  /** The SHA-1 of each value, 40 characters each, spaces for what is no record; empty where they are not made here. */
  readonly digests: string;
  /** By its place among all rows of the batch. */
  readonly oddities: ReadonlyMap<number, readonly Oddity[]>;
  readonly spellings: ReadonlyMap<number, string>;
  /** What is no record, in its order. */
  readonly rejected: readonly RejectedText[];
  /** Bytes of the source read until now. */
  readonly bytesRead: number;
  /** Rows of other sets that were skipped until now, by the name of their set. */
  readonly otherSets: ReadonlyMap<string, number>;
}

/** In bytes, on average. */
const shortRow = 1024;

/** How records are packed. */
export interface PackOptions {
  /** What the Redis keys begin with. */
  readonly prefix: string;
  /** The kind that is wanted; null for both. What is of no kind is always among them. */
  readonly only: Kind | null;
  /** Whether the digests of values are wanted. */
  readonly digests: boolean;
}

/**
 * All records of a source, split and decoded, in its order, a chunk's worth at a time.
 * @param room gives memory for so many bytes, or for more
 * @throws MigrateError `source-unreadable`, `source-abandoned`
 */
export async function* packRecords(
  source: Source,
  options: PackOptions,
  room: (bytes: number) => ArrayBuffer,
  split: SplitOptions,
): AsyncGenerator<PackedBatch> {
  let bytesRead = 0;
  for await (const batch of splitIntoRows(source, { ...split, fastKind: options.only })) {
    // What proves to be JSON lines is read from the beginning again.
    bytesRead = Math.max(bytesRead, batch.bytesRead);
    const { parts, ...packed } = collect(batch, options.only);
    const values = new Uint8Array(room(parts.reduce((sum, { length }) => sum + length, 0)));
    let end = 0;
    for (const part of parts) {
      values.set(part, end);
      end += part.length;
    }
    // With longer rows the writing thread has more time left than this one (measured): then it makes them.
    const areShort = end < (packed.columns.length / stride) * shortRow;
    const digests = addDigests(packed.columns, Buffer.from(values.buffer), {
      ...options,
      digests: options.digests && areShort,
    });
    yield { source: source.path, ...packed, values, digests, bytesRead, otherSets: batch.otherSets };
  }
}

type Collected = Pick<PackedBatch, "columns" | "oddities" | "spellings" | "rejected"> & {
  /** What the values consist of. */
  readonly parts: readonly Buffer[];
};

/** Decodes what needs it, and puts it where it belongs among what does not. */
function collect({ items, fastRows, values }: RowBatch, only: Kind | null): Collected {
  const rows = new RecordColumns();
  const parts = [values];
  const [oddities, spellings] = [new Map<number, readonly Oddity[]>(), new Map<number, string>()];
  const rejected: RejectedText[] = [];
  let [fastAt, at, end] = [0, 0, values.length];
  const addDecoded = ({ kind, id, place, ...record }: DecodedRecord) => {
    const from = end;
    const idBytes = Buffer.from(id);
    parts.push(record.value, idBytes);
    const idFrom = from + record.value.length;
    end = idFrom + idBytes.length;
    if (record.oddities.length > 0) oddities.set(at, record.oddities);
    if (record.spelling !== undefined) spellings.set(at, record.spelling);
    const row = rows.add();
    const { numbers } = rows;
    numbers[row + column.KIND] = kinds.indexOf(kind);
    numbers[row + column.FROM] = from;
    numbers[row + column.TO] = idFrom;
    numbers[row + column.ID_FROM] = idFrom;
    numbers[row + column.ID_TO] = end;
    numbers[row + column.INDEX] = place.index ?? -1;
    numbers[row + column.OFFSET] = place.offset;
    numbers[row + column.LINE] = place.line;
    numbers[row + column.MESSAGES] = record.messageCount ?? -1;
    numbers[row + column.LAST_ACTIVE] = record.lastActive ?? Number.NaN;
  };
  for (const item of items) {
    if (typeof item === "number") {
      rows.append(fastRows.subarray(fastAt * stride, (fastAt + item) * stride));
      fastAt += item;
      at += item;
      continue;
    }
    const found = "rejection" in item ? item : decode(item, only);
    const { kind } = "rejection" in found ? found.rejection : found;
    if (only !== null && kind !== null && kind !== only) continue;
    if ("rejection" in found) {
      rejected.push(found);
      const row = rows.add();
      rows.numbers[row + column.KIND] = column.NO_RECORD;
    } else addDecoded(found);
    at += 1;
  }
  return { columns: rows.take(), parts, oddities, spellings, rejected };
}

function decode(row: Parameters<typeof decodeRow>[0], only: Kind | null): DecodedRecord | RejectedText {
  const decoded = decodeRow(row);
  if (!("reason" in decoded)) return decoded;
  // It stands where a record can, so it is counted, be its kind unknown.
  const kind = decoded.kind ?? only ?? "conversation";
  return { rejection: { ...decoded, kind, bytes: row.bytes.length }, bytes: row.bytes, continued: false };
}

const noDigest = " ".repeat(40);

/** Adds the digests of the Redis keys. @returns those of the values */
function addDigests(columns: Float64Array, values: Buffer, { prefix, digests }: PackOptions): string {
  const starts = kinds.map((kind) => redisKeyStart(prefix, kind));
  const ofValues: string[] = [];
  for (let row = 0; row < columns.length; row += stride) {
    const kind = columns[row + column.KIND] as number;
    if (kind === column.NO_RECORD) {
      if (digests) ofValues.push(noDigest);
      continue;
    }
    const { first, second, third } = digestOfKey(
      starts[kind] + values.toString("utf8", columns[row + column.ID_FROM], columns[row + column.ID_TO]),
    );
    columns[row + column.DIGEST] = first;
    columns[row + column.DIGEST + 1] = second;
    columns[row + column.DIGEST + 2] = third;
    if (digests) ofValues.push(sha1(values.subarray(columns[row + column.FROM], columns[row + column.TO])));
  }
  return ofValues.join("");
}
