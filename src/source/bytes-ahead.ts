/** The bytes of a file from a position on. */
export type Open = (from: number) => AsyncGenerator<Buffer>;

/** The bytes of a file, seen before they are taken, as many at a time as are asked for. */
export class BytesAhead {
  readonly #chunks: AsyncGenerator<Buffer>;
  #held: Buffer = Buffer.alloc(0);
  #position: number;

  constructor(open: Open, from: number) {
    this.#chunks = open(from);
    this.#position = from;
  }

  /** Bytes from the start of the file. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes: fewer than asked for only where the file ends. */
  async peek(count: number): Promise<Buffer> {
    while (this.#held.length < count) {
      const next = await this.#chunks.next();
      if (next.done) break;
      this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
    }
    return this.#held.subarray(0, count);
  }

  skip(count: number): void {
    this.#held = this.#held.subarray(count);
    this.#position += count;
  }

  async skipZeros(): Promise<void> {
    while ((await this.peek(1))[0] === 0) {
      const other = this.#held.findIndex((byte) => byte !== 0);
      this.skip(other < 0 ? this.#held.length : other);
    }
  }

  /** Skips all that is left. @returns the length of the file */
  async skipToEnd(): Promise<number> {
    while ((await this.peek(1)).length > 0) this.skip(this.#held.length);
    return this.#position;
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }
}
