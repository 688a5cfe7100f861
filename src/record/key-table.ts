import type { KeyDigest } from "../types/key-digest.js";
import type { SeenRow } from "./seen-row.js";

/** A slot: three words of digest, the row counted from 1 (0 in a free slot), and the lower half of its offset. */
const slotWords = 5;

/** For a row whose position is not known. */
const unknownRow = 2 ** 32 - 1;

/** A power of two. */
const slots = 8 * 1024;

const mostRows = slots * 0.8;

/** Parts of a row that are 0 for nearly all files: a table has memory for one once it is not. */
type RarePart = "source" | "offset" | "spelling" | "value";

type RareParts = Partial<Record<RarePart, Float64Array | Uint32Array>>;

/** Parts that go beyond 32 bits. */
const fingerprints: ReadonlySet<RarePart> = new Set(["spelling", "value"]);

/** An open-addressing hash table of fixed size, in one array. */
export class KeyTable {
  readonly #words = new Uint32Array(slots * slotWords);
  /** Of the offset, the upper half. */
  #rare: RareParts = {};
  #size = 0;
  /** How many of the first bits of a digest all that it holds have in common. */
  depth: number;

  constructor(depth: number) {
    this.depth = depth;
  }

  get full(): boolean {
    return this.#size >= mostRows;
  }

  find(digest: KeyDigest): SeenRow | null {
    const slot = this.#slotOf(digest);
    return this.#words[slot * slotWords + 3] === 0 ? null : rowIn(this.#words, this.#rare, slot);
  }

  /** Adds a digest that is not in the table. */
  add(digest: KeyDigest, { source, row, offset, spelling, value }: SeenRow): void {
    const slot = this.#slotOf(digest);
    const word = slot * slotWords;
    const words = this.#words;
    words[word] = digest.first;
    words[word + 1] = digest.second;
    words[word + 2] = digest.third;
    words[word + 3] = row === null ? unknownRow : row + 1;
    words[word + 4] = offset;
    if (source !== 0) this.#keep("source", slot, source);
    if (offset >= 2 ** 32) this.#keep("offset", slot, Math.floor(offset / 2 ** 32));
    if (spelling !== 0) this.#keep("spelling", slot, spelling);
    if (value !== 0) this.#keep("value", slot, value);
    this.#size += 1;
  }

  /** Leaves about half of what it holds to a new table: all whose digest has a 1 as the next bit. */
  split(): KeyTable {
    copyOfWords.set(this.#words);
    const rare = this.#rare;
    this.#words.fill(0);
    this.#rare = {};
    this.#size = 0;
    this.depth += 1;
    const other = new KeyTable(this.depth);
    for (let slot = 0; slot < slots; slot += 1) {
      const word = slot * slotWords;
      if (copyOfWords[word + 3] === 0) continue;
      const digest = {
        first: copyOfWords[word] as number,
        second: copyOfWords[word + 1] as number,
        third: copyOfWords[word + 2] as number,
      };
      const isOther = ((digest.first >>> (32 - this.depth)) & 1) === 1;
      (isOther ? other : this).add(digest, rowIn(copyOfWords, rare, slot));
    }
    return other;
  }

  #keep(part: RarePart, slot: number, value: number): void {
    this.#rare[part] ??= fingerprints.has(part) ? new Float64Array(slots) : new Uint32Array(slots);
    this.#rare[part][slot] = value;
  }

  /** The slot that holds the digest, or the free one where it belongs. */
  #slotOf({ first, second, third }: KeyDigest): number {
    const words = this.#words;
    let slot = third & (slots - 1);
    for (;;) {
      const word = slot * slotWords;
      if (words[word + 3] === 0) return slot;
      if (words[word] === first && words[word + 1] === second && words[word + 2] === third) return slot;
      slot = (slot + 1) & (slots - 1);
    }
  }
}

/** Of a table that is being split: made once, since V8 frees late what is dropped. */
const copyOfWords = new Uint32Array(slots * slotWords);

function rowIn(words: Uint32Array, rare: RareParts, slot: number): SeenRow {
  const row = words[slot * slotWords + 3] as number;
  return {
    source: rare.source?.[slot] ?? 0,
    row: row === unknownRow ? null : row - 1,
    offset: (rare.offset?.[slot] ?? 0) * 2 ** 32 + (words[slot * slotWords + 4] as number),
    spelling: rare.spelling?.[slot] ?? 0,
    value: rare.value?.[slot] ?? 0,
  };
}
