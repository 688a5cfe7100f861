import { nameOf, redisKeyOf, ttlOf } from "../../record/redis-key.js";
import type { Entry, Kind, Oddity, Place } from "../../types.js";
import { kinds } from "../../types.js";
import type { Keyspace } from "../decode-row.js";
import type { Found, FoundBatch } from "../read-records.js";
import type { RejectedText } from "../rejected-text.js";

/** A batch as it goes from one thread to another: numbers in one array, values in one piece of memory that changes hands. */
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
  /** What is no record, each behind so many entries. */
  readonly rejected: readonly { readonly behind: number; readonly text: RejectedText }[];
  readonly bytesRead: number;
  readonly otherSets: ReadonlyMap<string, number>;
}

/** Numbers for each entry: kind, end of its value, index, offset, line. */
const stride = 5;

/** The id that an entry's key was made of, by the length of what stands before it. */
type IdOf = (entry: Entry) => string;

/**
 * Packs a batch.
 * @param room gives memory for so many bytes, or for more
 */
export function pack(
  { found, bytesRead, otherSets }: FoundBatch,
  source: string,
  idOf: IdOf,
  room: (bytes: number) => ArrayBuffer,
): PackedBatch {
  const entries = found.flatMap((one) => ("entry" in one ? [one.entry] : []));
  const numbers = new Float64Array(entries.length * stride);
  const values = new Uint8Array(room(entries.reduce((sum, { value }) => sum + value.length, 0)));
  const oddities = new Map<number, readonly Oddity[]>();
  const spellings = new Map<number, string>();
  let end = 0;
  for (const [at, entry] of entries.entries()) {
    values.set(entry.value, end);
    end += entry.value.length;
    const { index, offset, line } = entry.place;
    const base = at * stride;
    numbers[base] = kinds.indexOf(entry.kind);
    numbers[base + 1] = end;
    numbers[base + 2] = index ?? -1;
    numbers[base + 3] = offset;
    numbers[base + 4] = line;
    if (entry.oddities.length > 0) oddities.set(at, entry.oddities);
    if (entry.spelling !== undefined) spellings.set(at, entry.spelling);
  }
  let behind = 0;
  const rejected: { behind: number; text: RejectedText }[] = [];
  for (const one of found) {
    if ("entry" in one) behind += 1;
    // A slice would take all the memory along that it is a slice of.
    else rejected.push({ behind, text: { ...one, bytes: Buffer.from(new Uint8Array(one.bytes).buffer) } });
  }
  const ids = entries.map(idOf);
  return { source, numbers, ids, values, oddities, spellings, rejected, bytesRead, otherSets };
}

/** The batch that was packed. */
export function unpack(packed: PackedBatch, keyspace: Keyspace): FoundBatch {
  const { ids, rejected, bytesRead, otherSets } = packed;
  const found: Found[] = [];
  let next = 0;
  for (let at = 0; at <= ids.length; at += 1) {
    for (let one = rejected[next]; one !== undefined && one.behind === at; one = rejected[next]) {
      const { text } = one;
      found.push({ ...text, bytes: Buffer.from(text.bytes.buffer) });
      next += 1;
    }
    if (at < ids.length) found.push({ entry: entryAt(packed, at, keyspace) });
  }
  return { found, bytesRead, otherSets };
}

const nothingOdd: readonly Oddity[] = [];

function entryAt(packed: PackedBatch, at: number, { prefix, ttl }: Keyspace): Entry {
  const { source, numbers, ids, values, oddities, spellings } = packed;
  const from = at === 0 ? 0 : (numbers[(at - 1) * stride + 1] as number);
  const base = at * stride;
  const kind = kinds[numbers[base] as number] as Kind;
  const end = numbers[base + 1] as number;
  const index = numbers[base + 2] as number;
  const place: Place = {
    source,
    index: index < 0 ? null : index,
    offset: numbers[base + 3] as number,
    line: numbers[base + 4] as number,
  };
  const id = ids[at] as string;
  const spelling = spellings.get(at);
  return {
    kind,
    name: nameOf(kind, id),
    redisKey: redisKeyOf(prefix, kind, id),
    value: Buffer.from(values.buffer, from, end - from),
    ttl: ttlOf(kind, ttl),
    place,
    oddities: oddities.get(at) ?? nothingOdd,
    ...(spelling === undefined ? {} : { spelling }),
  };
}
