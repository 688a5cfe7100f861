import { sha256 } from "./digest.js";

/**
 * 96 bits of SHA-256 stand for a key, as 32-bit words: among a thousand million keys, the odds that any two share them
 * are one in a hundred thousand million.
 */
const digestWords = 3;

/** A slot: the digest, the source counted from 1 (0 in a free slot), and the row. */
const slotWords = digestWords + 2;

const firstSlots = 4096;
const fullness = 0.8;

/** Where a key was first seen: two numbers whose meaning is the caller's. */
export interface Sighting {
  readonly source: number;
  readonly row: number;
}

/**
 * Remembers every Redis key of a run in 20 bytes a slot, however long the key, with at least half of the slots in use; a
 * `Map` takes several times as much, and ends at 16.7 million entries. It grows by tables that stand beside the full
 * ones: a larger one in their place would need the memory of both until V8 notices.
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
    return this.#find(digestOf(key)) !== null;
  }

  #find(digest: Uint32Array): Sighting | null {
    for (const table of this.#tables) {
      const known = table.find(digest);
      if (known !== null) return known;
    }
    return null;
  }

  /** The last table, which is not full. */
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
  size = 0;

  constructor(slots: number) {
    this.slots = slots;
    this.#words = new Uint32Array(slots * slotWords);
  }

  get full(): boolean {
    return this.size >= this.slots * fullness;
  }

  find(digest: Uint32Array): Sighting | null {
    const at = this.#slotOf(digest) + digestWords;
    const source = this.#words[at] as number;
    return source === 0 ? null : { source: source - 1, row: this.#words[at + 1] as number };
  }

  /** Adds a digest that is not there. */
  add(digest: Uint32Array, { source, row }: Sighting): void {
    const at = this.#slotOf(digest);
    this.#words.set(digest, at);
    this.#words[at + digestWords] = source + 1;
    this.#words[at + digestWords + 1] = row;
    this.size += 1;
  }

  /** Where the slot begins that holds the digest, or the free one where it belongs. */
  #slotOf(digest: Uint32Array): number {
    const words = this.#words;
    let slot = (digest[0] as number) % this.slots;
    for (;;) {
      const at = slot * slotWords;
      if (words[at + digestWords] === 0) return at;
      if (words[at] === digest[0] && words[at + 1] === digest[1] && words[at + 2] === digest[2]) return at;
      slot = slot + 1 === this.slots ? 0 : slot + 1;
    }
  }
}

function digestOf(key: string): Uint32Array {
  const digest = sha256(key);
  return new Uint32Array(digest.buffer, digest.byteOffset, digestWords);
}
