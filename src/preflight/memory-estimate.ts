import keySlot from "cluster-key-slot";
import { type MemoryModel, poisson, slots, valueBytes } from "../redis/memory-model.js";

/** By what a table grows that has so many keys, and gets more. */
function tableGrowth(table: (keys: number) => number, before: number, more: number): number {
  return table(before + more) - table(before);
}

/** The same for the tables of all slots; which slots those have that are there already is not known. */
function slotsGrowth(table: (keys: number) => number, before: number, more: Uint32Array): number {
  const slotsOf = new Map<number, number>();
  for (const count of more) slotsOf.set(count, (slotsOf.get(count) ?? 0) + 1);
  let bytes = 0;
  for (const { count, share } of poisson(before / slots)) {
    for (const [added, number] of slotsOf) bytes += share * number * tableGrowth(table, count, added);
  }
  return bytes;
}

/** What records to be created or replaced will cost, added up. */
export class MemoryEstimate {
  readonly #model: MemoryModel;
  readonly #keysOf: Uint32Array;
  readonly #expiringOf: Uint32Array;
  #bytes = 0;

  constructor(model: MemoryModel) {
    this.#model = model;
    this.#keysOf = new Uint32Array(model.bySlot ? slots : 1);
    this.#expiringOf = new Uint32Array(model.bySlot ? slots : 1);
  }

  /** An empty one of the same kind. */
  anew(): MemoryEstimate {
    return new MemoryEstimate(this.#model);
  }

  /** @param value its length in bytes */
  create(key: string, value: number, ttl: number | null): void {
    const slot = this.#model.bySlot ? keySlot(key) : 0;
    this.#keysOf[slot] = (this.#keysOf[slot] ?? 0) + 1;
    if (ttl !== null) this.#expiringOf[slot] = (this.#expiringOf[slot] ?? 0) + 1;
    this.#bytes += this.#model.key(Buffer.byteLength(key), value, ttl !== null);
  }

  /** A value of so many bytes by another one. */
  replace(before: number, after: number): void {
    this.#bytes += valueBytes(after) - valueBytes(before);
  }

  /** By how many bytes `used_memory` grows, where there are so many keys and expiring keys already. */
  growth(keys: number, expiring: number): number {
    const { bySlot, table, expiryTable } = this.#model;
    const tables = bySlot
      ? slotsGrowth(table, keys, this.#keysOf) + slotsGrowth(expiryTable, expiring, this.#expiringOf)
      : tableGrowth(table, keys, this.#keysOf[0] ?? 0) +
        tableGrowth(expiryTable, expiring, this.#expiringOf[0] ?? 0);
    return Math.max(0, Math.round(this.#bytes + tables));
  }
}

/**
 * More than a file of so many bytes of JSON can cost on any server that is known, though it were full of the shortest of
 * records, every one of them new: API keys by id are 9 bytes, and cost 200 and more.
 * @param prefix length of the key prefix
 */
export function mostBytes(fileBytes: number, prefix: number, cluster: boolean): number {
  const single = fileBytes * (24 + prefix / 4) + 2 ** 20;
  if (!cluster) return single;
  // Redis 6's tree of slots, and Redis 8's tables a slot.
  return single + fileBytes * (11 + prefix / 7) + Math.min(slots, fileBytes / 9) * 2_800;
}
