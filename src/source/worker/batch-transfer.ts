import { idOf } from "../../record/redis-key.js";
import type { Entry, Oddity } from "../../types/entry.js";
import type { Kind } from "../../types/kind.js";
import { kinds } from "../../types/kind.js";
import { type Keyspace, makeEntry } from "../make-entry.js";
import type { RecordBatch, RecordOrRejected } from "../read-records.js";
import type { RejectedText } from "../rejected-text.js";

/** A batch as it is sent from one thread to another: numbers in one array, values in one piece of memory that changes hands. */
export interface PackedBatch {
  readonly source: string;
  /** For each entry: its kind, where its value ends, and its place. */
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly ids: readonly string[];
  readonly values: Uint8Array<ArrayBuffer>;
  /** What is odd about the entries at some positions. */
  readonly oddities: ReadonlyMap<number, readonly Oddity[]>;
  /** How the ids of the entries at some positions are spelled. */
  readonly spellings: ReadonlyMap<number, string>;
  /** What is no record, by its position in the batch. */
  readonly rejected: ReadonlyMap<number, RejectedText>;
  readonly bytesRead: number;
  readonly otherSets: ReadonlyMap<string, number>;
}

/** Numbers for each entry: kind, end of its value, index, offset, line. */
const stride = 5;

/**
 * Packs a batch, whose Redis keys begin with `prefix`.
 * @param room gives memory for so many bytes, or for more
 */
export function pack(
  { items, bytesRead, otherSets }: RecordBatch,
  source: string,
  prefix: string,
  room: (bytes: number) => ArrayBuffer,
): PackedBatch {
  const entries: Entry[] = [];
  const rejected = new Map<number, RejectedText>();
  for (const [at, item] of items.entries()) {
    if ("entry" in item) entries.push(item.entry);
    // A slice would take all the memory along that it is a slice of.
    else rejected.set(at, { ...item, bytes: Buffer.from(new Uint8Array(item.bytes).buffer) });
  }
  const numbers = new Float64Array(entries.length * stride);
  const values = new Uint8Array(room(entries.reduce((sum, { value }) => sum + value.length, 0)));
  const oddities = new Map<number, readonly Oddity[]>();
  const spellings = new Map<number, string>();
  let end = 0;
  for (const [at, entry] of entries.entries()) {
    values.set(entry.value, end);
    end += entry.value.length;
    const { index, offset, line } = entry.place;
    numbers.set([kinds.indexOf(entry.kind), end, index ?? -1, offset, line], at * stride);
    if (entry.oddities.length > 0) oddities.set(at, entry.oddities);
    if (entry.spelling !== undefined) spellings.set(at, entry.spelling);
  }
  const ids = entries.map(({ kind, redisKey }) => idOf(prefix, kind, redisKey.reveal()));
  return { source, numbers, ids, values, oddities, spellings, rejected, bytesRead, otherSets };
}

/** The batch that was packed. */
export function unpack(packed: PackedBatch, keyspace: Keyspace): RecordBatch {
  const { ids, rejected, bytesRead, otherSets } = packed;
  const items: RecordOrRejected[] = [];
  for (let entries = 0; items.length < ids.length + rejected.size; ) {
    const text = rejected.get(items.length);
    if (text === undefined) {
      items.push({ entry: entryAt(packed, entries, keyspace) });
      entries += 1;
    } else items.push({ ...text, bytes: Buffer.from(text.bytes.buffer) });
  }
  return { items, bytesRead, otherSets };
}

const nothingOdd: readonly Oddity[] = [];

function entryAt(packed: PackedBatch, at: number, keyspace: Keyspace): Entry {
  const { source, numbers, ids, values, oddities, spellings } = packed;
  const base = at * stride;
  const from = at === 0 ? 0 : (numbers[base - stride + 1] as number);
  const end = numbers[base + 1] as number;
  const index = numbers[base + 2] as number;
  const spelling = spellings.get(at);
  return makeEntry(kinds[numbers[base] as number] as Kind, ids[at] as string, keyspace, {
    value: Buffer.from(values.buffer, from, end - from),
    place: {
      source,
      index: index < 0 ? null : index,
      offset: numbers[base + 3] as number,
      line: numbers[base + 4] as number,
    },
    oddities: oddities.get(at) ?? nothingOdd,
    ...(spelling === undefined ? {} : { spelling }),
  });
}
