/**
 * What a key costs in Redis' memory, as `used_memory` counts it: the sizes of Redis 7's structures (src/dict.h,
 * src/sds.h, src/object.c), rounded up as its allocator does. Other versions differ by a few bytes a key.
 */

const pointer = 8;
const dictEntry = 24;
const object = 16;
/** A cluster's keys are chained by slot: two pointers more in each entry (Redis 7). */
const slotChain = 2 * pointer;
/** Strings up to this length share their object's allocation (`OBJ_ENCODING_EMBSTR_SIZE_LIMIT`). In bytes. */
const longestEmbedded = 44;

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

/** What a new key costs, in bytes, without its share of the tables that `tableBytes` counts. */
export function keyBytes(key: number, value: number, expires: boolean, cluster: boolean): number {
  const entry = allocated(dictEntry + (cluster ? slotChain : 0));
  const expiry = expires ? allocated(dictEntry) : 0;
  return entry + expiry + allocated(header(key) + key + 1) + valueBytes(value);
}

/** The hash table of so many keys: a pointer a bucket, in a power of two. */
export function tableBytes(keys: number): number {
  return keys === 0 ? 0 : pointer * 2 ** Math.max(2, Math.ceil(Math.log2(keys)));
}

/** What records to be created or replaced will cost, added up. */
export class MemoryEstimate {
  readonly #cluster: boolean;
  #bytes = 0;
  #keys = 0;
  #expiring = 0;

  constructor(cluster: boolean) {
    this.#cluster = cluster;
  }

  /** An empty one of the same kind. */
  anew(): MemoryEstimate {
    return new MemoryEstimate(this.#cluster);
  }

  /** @param value its length in bytes */
  create(key: string, value: number, ttl: number | null): void {
    this.#keys += 1;
    if (ttl !== null) this.#expiring += 1;
    this.#bytes += keyBytes(Buffer.byteLength(key), value, ttl !== null, this.#cluster);
  }

  /** A value of so many bytes by another one. */
  replace(before: number, after: number): void {
    this.#bytes += valueBytes(after) - valueBytes(before);
  }

  /** By how many bytes `used_memory` grows, where there are so many keys and expiring keys already. */
  growth(keys: number, expiring: number): number {
    const tables = (before: number, more: number) => tableBytes(before + more) - tableBytes(before);
    return Math.max(0, this.#bytes + tables(keys, this.#keys) + tables(expiring, this.#expiring));
  }
}

/**
 * More than a file of so many bytes of JSON can cost, though it were full of the shortest of records, every one of them
 * new: API keys by id are 9 bytes, and cost 200 and more.
 * @param prefix length of the key prefix
 */
export function mostBytes(fileBytes: number, prefix: number): number {
  return fileBytes * (24 + prefix / 4) + 2 ** 20;
}
