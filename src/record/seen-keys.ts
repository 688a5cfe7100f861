import type { KeyDigest } from "../types/key-digest.js";
import { digestOfKey } from "./digest.js";
import { KeyTable } from "./key-table.js";
import type { SeenRow } from "./seen-row.js";

/**
 * Remembers every Redis key of a run in 20 bytes a slot, however long the key, 4 more where there are several sources, and
 * 8 more where a source cannot be read again from the middle, with two fifths of the slots or more in use; a `Map` takes
 * several times as much, and ends at 16.7 million entries. It is an extendible hash table: the first bits of a digest say
 * which of many small tables has it, and one that is full is split. So a look-up is in one table, and nothing large is
 * ever copied or dropped: V8 would keep what is dropped for long.
 */
export class SeenKeys {
  /** By the first `#depth` bits of a digest; one of fewer bits in several places. */
  #tables = [new KeyTable(0)];
  #depth = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * @param key a Redis key, or its digest
   * @returns where the key was seen before; otherwise remembers that it was seen at `row`, and returns null
   */
  add(key: string | KeyDigest, row: SeenRow): SeenRow | null {
    const digest = typeof key === "string" ? digestOfKey(key) : key;
    const table = this.#tableOf(digest);
    const known = table.find(digest);
    if (known !== null) return known;
    table.add(digest, row);
    this.#size += 1;
    if (table.full) this.#split(table, digest);
    return null;
  }

  /** Where the key was seen first; null where it was not. */
  find(key: string): SeenRow | null {
    const digest = digestOfKey(key);
    return this.#tableOf(digest).find(digest);
  }

  #tableOf({ first }: KeyDigest): KeyTable {
    return this.#tables[this.#placeOf(first)] as KeyTable;
  }

  #placeOf(first: number): number {
    // A shift by 32 is one by 0.
    return this.#depth === 0 ? 0 : first >>> (32 - this.#depth);
  }

  #split(table: KeyTable, { first }: KeyDigest): void {
    if (table.depth === this.#depth) {
      this.#tables = this.#tables.flatMap((one) => [one, one]);
      this.#depth += 1;
    }
    const places = 2 ** (this.#depth - table.depth);
    const from = Math.floor(this.#placeOf(first) / places) * places;
    this.#tables.fill(table.split(), from + places / 2, from + places);
  }
}
