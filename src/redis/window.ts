/** How much may be under way at once. `bytes` is a measure, not an exact count: a string's length will do. */
export interface Limits {
  readonly count: number;
  readonly bytes: number;
}

interface Slot<T> {
  readonly bytes: number;
  readonly result: Promise<T>;
}

/**
 * A sliding window of work under way, bounded by count and by bytes; results are settled in the order in which the
 * work was added. Unlike batches, it never waits for the slowest of a group before it sends more.
 */
export class Window<T> {
  readonly #limits: Limits;
  readonly #settle: (result: T) => void;
  readonly #slots: Slot<T>[] = [];
  #bytes = 0;
  #failure: { readonly error: unknown } | null = null;

  /** @param settle called with each result, in order of adding */
  constructor(limits: Limits, settle: (result: T) => void) {
    this.#limits = limits;
    this.#settle = settle;
  }

  /** Whether more may be added at once. A single piece of work may be larger than all the bytes allowed. */
  get full(): boolean {
    if (this.#failure !== null) return true;
    return this.#slots.length >= this.#limits.count || this.#bytes >= this.#limits.bytes;
  }

  add(bytes: number, work: () => Promise<T>): void {
    const result = work();
    result.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#slots.push({ bytes, result });
    this.#bytes += bytes;
  }

  /**
   * Waits until there is room.
   * @throws what the first failed work threw
   */
  async room(): Promise<void> {
    while (this.full) await this.#settleFirst();
  }

  /**
   * Waits until nothing is under way.
   * @throws what the first failed work threw, once all that succeeded is settled
   */
  async drain(): Promise<void> {
    while (this.#slots.length > 0 || this.#failure !== null) await this.#settleFirst();
  }

  async #settleFirst(): Promise<void> {
    const slot = this.#slots.shift();
    if (slot === undefined) {
      if (this.#failure !== null) throw this.#failure.error;
      return;
    }
    this.#bytes -= slot.bytes;
    try {
      this.#settle(await slot.result);
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}
