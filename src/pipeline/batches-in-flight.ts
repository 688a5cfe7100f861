/** How much may be under way at once. `bytes` is a measure, not an exact count: a string's length will do. */
export interface Limits {
  readonly count: number;
  readonly bytes: number;
}

/** What something failed with. */
export interface Failure {
  readonly error: unknown;
}

interface Watching<T> {
  /** What a result says that failed, though work was done; null for nothing. */
  readonly failureOf?: (result: T) => Failure | null;
  /** Called once, as soon as anything fails. */
  readonly onFailure?: () => void;
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
  readonly #options: Watching<T>;
  readonly #slots: Slot<T>[] = [];
  #bytes = 0;
  #failure: Failure | null = null;

  /** @param settle called with each result, in order of adding */
  constructor(limits: Limits, settle: (result: T) => void, options: Watching<T> = {}) {
    this.#limits = limits;
    this.#settle = settle;
    this.#options = options;
  }

  /** Whether more may be added at once. A single piece of work may be larger than all the bytes allowed. */
  get full(): boolean {
    if (this.#failure !== null) return true;
    return this.#slots.length >= this.#limits.count || this.#bytes >= this.#limits.bytes;
  }

  add(bytes: number, work: () => Promise<T>): void {
    const result = work();
    const { failureOf } = this.#options;
    result.then(
      (done) => this.#fail(failureOf?.(done) ?? null),
      (error: unknown) => this.#fail({ error }),
    );
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
      this.#fail({ error });
    }
  }

  #fail(failure: Failure | null): void {
    if (failure === null || this.#failure !== null) return;
    this.#failure = failure;
    this.#options.onFailure?.();
  }
}

/** How long what is under way may still take once something has failed. In ms. */
const graceMs = 3_000;

/** What is done through a window. */
export interface Work<T> {
  readonly limits: Limits;
  readonly settle: (result: T) => void;
  readonly failureOf?: (result: T) => Failure | null;
  /** Adds all work. */
  readonly feed: (window: Window<T>) => Promise<void>;
  /** Ends what is under way at once, in failure: asked for where something failed, and the rest takes too long. */
  readonly giveUp: () => void;
}

/**
 * Does all work through a window. Whatever fails, nothing is under way any more once the promise is settled, and each
 * piece of work that succeeded is.
 * @throws what failed first
 */
export async function throughWindow<T>({ limits, settle, failureOf, feed, giveUp }: Work<T>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const onFailure = () => {
    timer ??= setTimeout(giveUp, graceMs);
  };
  const window = new Window(limits, settle, { onFailure, ...(failureOf === undefined ? {} : { failureOf }) });
  try {
    await feed(window);
    await window.drain();
  } catch (error) {
    onFailure();
    await window.drain().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
