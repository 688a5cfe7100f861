import { sha256 } from "./digest.js";

/** 128 bits of SHA-256 stand for a key: no two keys will ever share them by chance. As 32-bit words. */
const digestWords = 4;
const fullness = 0.6;

/** Where a key was first seen: two numbers whose meaning is the caller's. */
export interface Sighting {
  readonly source: number;
  readonly row: number;
}

/**
 * Remembers every Redis key of a run in 24 bytes a slot, however long the key, with at most 60 % of the slots in
 * use; a `Map` ends at 16.7 million entries. An open-addressing hash table over typed arrays.
 */
export class KeyIndex {
  #capacity = 1024;
  #digests = new Uint32Array(this.#capacity * digestWords);
  #sources = new Uint32Array(this.#capacity);
  #rows = new Uint32Array(this.#capacity);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @returns where the key was seen before; otherwise notes it as seen at `sighting`, and returns null */
  add(key: string, sighting: Sighting): Sighting | null {
    if (this.#size >= this.#capacity * fullness) this.#grow();
    const digest = digestOf(key);
    const slot = this.#slotOf(digest);
    const source = this.#sources[slot] as number;
    if (source !== 0) return { source: source - 1, row: this.#rows[slot] as number };
    this.#fill(slot, digest, sighting.source + 1, sighting.row);
    this.#size += 1;
    return null;
  }

  has(key: string): boolean {
    return this.#sources[this.#slotOf(digestOf(key))] !== 0;
  }

  /** The slot that holds the digest, or the free one where it belongs. A free slot's source is 0. */
  #slotOf(digest: Uint32Array): number {
    const mask = this.#capacity - 1;
    let slot = (digest[0] as number) & mask;
    while (this.#sources[slot] !== 0 && !this.#holds(slot, digest)) slot = (slot + 1) & mask;
    return slot;
  }

  #holds(slot: number, digest: Uint32Array): boolean {
    const start = slot * digestWords;
    return digest.every((word, at) => this.#digests[start + at] === word);
  }

  #fill(slot: number, digest: Uint32Array, source: number, row: number): void {
    this.#digests.set(digest, slot * digestWords);
    this.#sources[slot] = source;
    this.#rows[slot] = row;
  }

  #grow(): void {
    const [digests, sources, rows] = [this.#digests, this.#sources, this.#rows];
    this.#capacity *= 2;
    this.#digests = new Uint32Array(this.#capacity * digestWords);
    this.#sources = new Uint32Array(this.#capacity);
    this.#rows = new Uint32Array(this.#capacity);
    for (const [slot, source] of sources.entries()) {
      if (source === 0) continue;
      const digest = digests.subarray(slot * digestWords, (slot + 1) * digestWords);
      this.#fill(this.#slotOf(digest), digest, source, rows[slot] as number);
    }
  }
}

function digestOf(key: string): Uint32Array {
  const digest = sha256(key);
  return new Uint32Array(digest.buffer, digest.byteOffset, digestWords);
}
