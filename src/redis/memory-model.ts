/**
 * What keys cost in Redis' memory, as `used_memory` counts it: the sizes of the servers' own structures (src/dict.h,
 * src/kvstore.c, src/sds.h, src/object.c, src/rax.h; Valkey's src/hashtable.c), rounded up as their allocator does.
 */

const pointer = 8;
const object = 16;
/** Strings up to this length share their object's allocation (`OBJ_ENCODING_EMBSTR_SIZE_LIMIT`). In bytes. */
const longestEmbedded = 44;
export const slots = 16_384;

/** What jemalloc gives for so many bytes: steps of 16 up to 128, and four steps for each doubling from there. */
export function allocated(bytes: number): number {
  if (bytes <= 128) return Math.max(16, Math.ceil(bytes / 16) * 16);
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2);
  return Math.ceil(bytes / step) * step;
}

function header(length: number): number {
  if (length < 32) return 1;
  if (length < 2 ** 8) return 3;
  return length < 2 ** 16 ? 5 : 9;
}

/** A value of so many bytes, with its object. */
export function valueBytes(length: number): number {
  if (length <= longestEmbedded) return allocated(object + 3 + length + 1);
  return allocated(object) + allocated(Math.max(3, header(length)) + length + 1);
}

/** How one kind of server keeps its keys. All in bytes. */
export interface MemoryModel {
  /** Whether it was measured on the server's very version; of others it is more than they take. */
  readonly exact: boolean;
  /** A new key with a value of so many bytes, without its share of the tables. */
  readonly key: (key: number, value: number, expires: boolean) => number;
  /** Whether each slot of a cluster has tables of its own. */
  readonly bySlot: boolean;
  /** The table of so many keys, with its struct where there is one a slot. */
  readonly table: (keys: number) => number;
  /** The table of expiries, of so many keys that have one. */
  readonly expiryTable: (keys: number) => number;
}

/** Redis' hash table of so many keys: a pointer a bucket, in a power of two. */
export function tableBytes(keys: number): number {
  return keys === 0 ? 0 : pointer * 2 ** Math.max(2, Math.ceil(Math.log2(keys)));
}

/** A cache line for seven keys, as many as a power of two; where more fall into one, another is chained to it. */
export function bucketBytes(keys: number): number {
  if (keys === 0) return 0;
  const line = 64;
  const buckets = keys <= 7 ? 1 : 2 ** (Math.floor(Math.log2(keys / 7)) + 1);
  const chained = buckets === 1 ? 0 : buckets * beyond(7, keys / buckets);
  return line * (buckets + chained);
}

/** How likely more than so many are where `mean` are expected (Poisson). */
function beyond(most: number, mean: number): number {
  let likely = 0;
  for (const { count, share } of poisson(mean)) if (count > most) likely += share;
  return likely;
}

export function* poisson(mean: number): Generator<{ readonly count: number; readonly share: number }> {
  yield { count: 0, share: Math.exp(-mean) };
  // As logarithms, since the shares themselves are too small to count up from where the mean is large.
  let log = -mean;
  const last = mean === 0 ? 0 : mean + 10 * Math.sqrt(mean) + 20;
  for (let count = 1; count <= last; count += 1) {
    log += Math.log(mean / count);
    yield { count, share: Math.exp(log) };
  }
}

/** A table with the struct that comes with it, where there are keys. */
const withStruct = (struct: number, table: (keys: number) => number) => (keys: number) =>
  keys === 0 ? 0 : struct + table(keys);

/** An entry for the key and one for its expiry, the key's name and the value have allocations of their own. */
function chained(entry: number, ofSlots: (key: number) => number = () => 0): MemoryModel["key"] {
  return (key, value, expires) =>
    allocated(entry) +
    (expires ? allocated(dictEntry) : 0) +
    allocated(header(key) + key + 1) +
    valueBytes(value) +
    ofSlots(key);
}

const dictEntry = 24;
/** Redis 7 chains the keys of a slot: two pointers more in each entry. */
const slotChain = 2 * pointer;

/** Redis 6 keeps the keys of a cluster's slots in a radix tree; what keys of a slot have in common is less. */
function treeBytes(key: number): number {
  return allocated(Math.ceil((3 + key) / 8) * 8 + pointer) + 32;
}

/** Valkey 8.1 keeps the key's name, its expiry and a short value within the value's object. */
function embedded(key: number, value: number, expires: boolean): number {
  const expiry = expires || key > 128 ? 8 : 0;
  const together = object + (expires ? 8 : 0) + key + 3 + value + 4;
  if (together <= 64) return allocated(together);
  return allocated(object + expiry + 1 + header(key) + key + 1) + allocated(header(value) + value + 1);
}

/** A table a slot: its struct, and in Redis 8 a histogram of sizes in it, 5 types of 60 steps. */
const slotDict = { redis8: allocated(64 + 5 * 60 * 8), expiries: 64, valkey8: 96 };

/** The versions whose memory was measured. */
const measured = /^(redis 6\.0|redis 7\.0|redis 8\.0|valkey 8\.1)\./;

/**
 * The model of a server, by its name and version such as `redis 7.0.15`; null for one that does not say. Of any other
 * version than those that were measured, whatever costs most in one of them.
 */
export function memoryModelOf(server: string | null, cluster: boolean): MemoryModel {
  const version = measured.exec(server ?? "")?.[1];
  if (version === "valkey 8.1") {
    const table = cluster ? withStruct(slotDict.valkey8, bucketBytes) : bucketBytes;
    return { exact: true, key: embedded, bySlot: cluster, table, expiryTable: table };
  }
  const plain = {
    exact: version !== undefined,
    key: chained(dictEntry),
    bySlot: false,
    table: tableBytes,
    expiryTable: tableBytes,
  };
  if (!cluster) return plain;
  if (version === "redis 6.0") return { ...plain, key: chained(dictEntry, treeBytes) };
  if (version === "redis 7.0") return { ...plain, key: chained(dictEntry + slotChain) };
  return {
    ...plain,
    key: chained(dictEntry, version === undefined ? treeBytes : undefined),
    bySlot: true,
    table: withStruct(slotDict.redis8, tableBytes),
    expiryTable: withStruct(slotDict.expiries, tableBytes),
  };
}
