import type { SeenRow } from "./seen-row.js";

/** A slot: three words of digest, the row counted from 1 (0 in a free slot), and the lower half of its offset. */
const slotWords = 5;

/** For a row whose position is not known. */
const unknownRow = 2 ** 32 - 1;

const fullness = 0.8;

/**
 * 96 bits of SHA-256 stand for a key, as 32-bit words: among a thousand million keys, the odds that any two share them
 * are one in a hundred thousand million.
 */
export interface KeyDigest {
  readonly first: number;
  readonly second: number;
  readonly third: number;
}

/** Parts of a row that are 0 for nearly all files: a table has memory for one once it is not. */
type RarePart = "source" | "offset" | "spelling" | "value";

/** Parts that go beyond 32 bits. */
const fingerprints: ReadonlySet<RarePart> = new Set(["spelling", "value"]);

/** An open-addressing hash table in one array. */
export class KeyTable {
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

  find(digest: KeyDigest): SeenRow | null {
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

  /** Adds a digest that is not in the table. */
  add({ first, second, third }: KeyDigest, { source, row, offset, spelling, value }: SeenRow): void {
    const slot = this.#slotOf({ first, second, third });
    const word = slot * slotWords;
    const words = this.#words;
    words[word] = first;
    words[word + 1] = second;
    words[word + 2] = third;
    words[word + 3] = row === null ? unknownRow : row + 1;
    words[word + 4] = offset;
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
  #slotOf({ first, second, third }: KeyDigest): number {
    const words = this.#words;
    // 31 bits: larger numbers are no whole ones to V8, and their remainder takes longer.
    let slot = (first >>> 1) % this.slots;
    for (;;) {
      const word = slot * slotWords;
      if (words[word + 3] === 0) return slot;
      if (words[word] === first && words[word + 1] === second && words[word + 2] === third) return slot;
      slot = slot + 1 === this.slots ? 0 : slot + 1;
    }
  }
}
