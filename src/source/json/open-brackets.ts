/** Brackets that are open: 1 for an object's, 0 for an array's. */
export class OpenBrackets {
  depth = 0;
  // More than 64 bytes stand outside of the heap, which is slow to begin with.
  #kinds = new Uint8Array(64);

  /** The innermost one; undefined where none is open. */
  get top(): number | undefined {
    return this.#kinds[this.depth - 1];
  }

  push(kind: 0 | 1): void {
    if (this.depth === this.#kinds.length) {
      const grown = new Uint8Array(this.#kinds.length * 2);
      grown.set(this.#kinds);
      this.#kinds = grown;
    }
    this.#kinds[this.depth] = kind;
    this.depth += 1;
  }
}
