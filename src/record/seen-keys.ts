import { sha256 } from "./digest.js";

/** A slot: three words of digest, the row counted from 1 (0 in a free slot), and the lower half of its offset. */
const slotWords = 5;

/** Stands for a row whose position is not known. */
const unknownRow = 2 ** 32 - 1;

const firstSlots = 16 * 1024;
const fullness = 0.8;

/** A row whose key was seen. */
export interface SeenRow {
  /** Below 2^32 - 2, as is `row`. */
  readonly source: number;
  /** Null where it is not known, as behind damage. */
  readonly row: number | null;
  /** Bytes from the start of the source's text. */
  readonly offset: number;
  /** What `fingerprintOf` says of how its id is spelled; 0 where the key says it all. */
  readonly spelling: number;
  /** What `fingerprintOf` says of its value, where its source cannot be read again from the middle; otherwise 0. */
  readonly value: number;
}

/** The row of a key that stands in no row. */
export const noRow: SeenRow = { source: 0, row: 0, offset: 0, spelling: 0, value: 0 };

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
 * Remembers every Redis key of a run in 20 bytes a slot, however long the key, 4 more where there are several sources, and
 * 8 more where a source cannot be read again from the middle, with at least half of the slots in use; a `Map` takes
 * several times as much, and ends at 16.7 million entries. It grows by tables that stand beside the full ones: a larger
 * one in their place would need the memory of both until V8 notices.
 */
export class SeenKeys {
  readonly #tables = [new Table(firstSlots)];
  #slots = firstSlots;

  get size(): number {
    return this.#tables.reduce((sum, { size }) => sum + size, 0);
  }

  /** @returns where the key was seen before; otherwise notes it as seen at `row`, and returns null */
  add(key: string, row: SeenRow): SeenRow | null {
    const digest = digestOf(key);
    const known = this.#find(digest);
    if (known === null) this.#roomiest().add(digest, row);
    return known;
  }

  /** Where the key was seen first; null where it was not. */
  find(key: string): SeenRow | null {
    return this.#find(digestOf(key));
  }

  #find(digest: Digest): SeenRow | null {
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

/** Parts of a row that are 0 for nearly all files: a table has memory for one once it is not. */
type RarePart = "source" | "offset" | "spelling" | "value";

/** Parts that go beyond 32 bits. */
const fingerprints: ReadonlySet<RarePart> = new Set(["spelling", "value"]);

/** An open-addressing hash table in one array. */
class Table {
  readonly slots: number;
  readonly #words: Uint32Array;
  /** Of the offset, the upper half. */
  readonly #rare: Partial<Record<RarePart, Float64Array | Uint32Array>> = {};
  size = 0;

  constructor(slots: number) {
    this.slots = slots;
    this.#words = new Uint32Array(slots * slotWords);
  }

  get full(): boolean {
    return this.size >= this.slots * fullness;
  }

  find(digest: Digest): SeenRow | null {
    const slot = this.#slotOf(digest);
    const row = this.#words[slot * slotWords + 3] as number;
    if (row === 0) return null;
    const rare = (part: RarePart) => this.#rare[part]?.[slot] ?? 0;
    return {
      source: rare("source"),
      row: row === unknownRow ? null : row - 1,
      offset: rare("offset") * 2 ** 32 + (this.#words[slot * slotWords + 4] as number),
      spelling: rare("spelling"),
      value: rare("value"),
    };
  }

  /** Adds a digest that is not there. */
  add({ first, second, third }: Digest, { source, row, offset, spelling, value }: SeenRow): void {
    const slot = this.#slotOf({ first, second, third });
    const at = slot * slotWords;
    const words = this.#words;
    words[at] = first;
    words[at + 1] = second;
    words[at + 2] = third;
    words[at + 3] = row === null ? unknownRow : row + 1;
    words[at + 4] = offset;
    if (source !== 0) this.#keep("source", slot, source);
    if (offset >= 2 ** 32) this.#keep("offset", slot, Math.floor(offset / 2 ** 32));
    if (spelling !== 0) this.#keep("spelling", slot, spelling);
    if (value !== 0) this.#keep("value", slot, value);
    this.size += 1;
  }

  #keep(part: RarePart, slot: number, value: number): void {
    this.#rare[part] ??= fingerprints.has(part) ? new Float64Array(this.slots) : new Uint32Array(this.slots);
    this.#rare[part][slot] = value;
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
