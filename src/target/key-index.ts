import { sha256 } from "./digest.js";

/** A slot: three words of digest, and the row counted from 1; 0 in a free slot. */
const slotWords = 4;

const firstSlots = 16 * 1024;
const fullness = 0.8;

/** Where a key was first seen: two numbers below 2^32 - 1. */
export interface Sighting {
  readonly source: number;
  readonly row: number;
}

/**
 * 96 bits of SHA-256 stand for a key, as 32-bit words: among a thousand million keys, the odds that any two share them
 * are one in a hundred thousand million.
 */
interface Digest {
  readonly first: number;
  readonly second: number;
  readonly third: number;
}

/**
 * Remembers every Redis key of a run in 16 bytes a slot, 20 where there are several sources, however long the key, with
 * at least half of the slots in use; a `Map` takes several times as much, and ends at 16.7 million entries. It grows by
 * tables that stand beside the full ones: a larger one in their place would need the memory of both until V8 notices.
 */
export class KeyIndex {
  readonly #tables = [new Table(firstSlots)];
  #slots = firstSlots;

  get size(): number {
    return this.#tables.reduce((sum, { size }) => sum + size, 0);
  }

  /** @returns where the key was seen before; otherwise notes it as seen at `sighting`, and returns null */
  add(key: string, sighting: Sighting): Sighting | null {
    const digest = digestOf(key);
    const known = this.#find(digest);
    if (known === null) this.#roomiest().add(digest, sighting);
    return known;
  }

  has(key: string): boolean {
    return this.find(key) !== null;
  }

  /** @returns where the key was seen; null where it was not */
  find(key: string): Sighting | null {
    return this.#find(digestOf(key));
  }

  #find(digest: Digest): Sighting | null {
    for (const table of this.#tables) {
      const known = table.find(digest);
      if (known !== null) return known;
    }
    return null;
  }

  /** The last table, or one more where that is full. */
  #roomiest(): Table {
    const last = this.#tables.at(-1) as Table;
    if (!last.full) return last;
    const more = new Table(Math.ceil(this.#slots / 2));
    this.#slots += more.slots;
    this.#tables.push(more);
    return more;
  }
}

/** An open-addressing hash table in one array. */
class Table {
  readonly slots: number;
  readonly #words: Uint32Array;
  /** The source for each slot, once there is any but 0. */
  #sources: Uint32Array | null = null;
  size = 0;

  constructor(slots: number) {
    this.slots = slots;
    this.#words = new Uint32Array(slots * slotWords);
  }

  get full(): boolean {
    return this.size >= this.slots * fullness;
  }

  find(digest: Digest): Sighting | null {
    const slot = this.#slotOf(digest);
    const row = this.#words[slot * slotWords + 3] as number;
    return row === 0 ? null : { source: this.#sources?.[slot] ?? 0, row: row - 1 };
  }

  /** Adds a digest that is not there. */
  add(digest: Digest, { source, row }: Sighting): void {
    const slot = this.#slotOf(digest);
    const { first, second, third } = digest;
    this.#words.set([first, second, third, row + 1], slot * slotWords);
    if (source !== 0) {
      this.#sources ??= new Uint32Array(this.slots);
      this.#sources[slot] = source;
    }
    this.size += 1;
  }

  /** The slot that holds the digest, or the free one where it belongs. */
  #slotOf({ first, second, third }: Digest): number {
    const words = this.#words;
    // 31 bits: larger numbers are no whole ones to V8, and their remainder takes longer.
    let slot = (first >>> 1) % this.slots;
    for (;;) {
      const at = slot * slotWords;
      if (words[at + 3] === 0) return slot;
      if (words[at] === first && words[at + 1] === second && words[at + 2] === third) return slot;
      slot = slot + 1 === this.slots ? 0 : slot + 1;
    }
  }
}

function digestOf(key: string): Digest {
  const bytes = sha256(key);
  return { first: wordAt(bytes, 0), second: wordAt(bytes, 4), third: wordAt(bytes, 8) };
}

function wordAt(bytes: string, at: number): number {
  const high = (bytes.charCodeAt(at) << 8) | bytes.charCodeAt(at + 1);
  return ((high << 16) | (bytes.charCodeAt(at + 2) << 8) | bytes.charCodeAt(at + 3)) >>> 0;
}
