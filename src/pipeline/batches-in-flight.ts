/** How much may be in flight at once. `bytes` need not be exact: a string's length will do. */
export interface Limits {
  readonly count: number;
  readonly bytes: number;
}

/** What something failed with. */
export interface Failure {
  readonly error: unknown;
}

interface WindowOptions<T> {
  /** The failure that a result reports; null for none. */
  readonly failureOf?: (result: T) => Failure | null;
  /** Called once, as soon as anything fails. */
  readonly onFailure?: () => void;
}

interface Slot<T> {
  readonly bytes: number;
  readonly result: Promise<T>;
}

/**
 * A sliding window of work in flight, bounded by count and by bytes; results are settled in the order in which the work
 * was added. It never waits for the slowest of a group before it sends more.
 */
export class Window<T> {
  readonly #limits: Limits;
  readonly #settle: (result: T) => void;
  readonly #options: WindowOptions<T>;
  readonly #slots: Slot<T>[] = [];
  #bytes = 0;
  #failure: Failure | null = null;

  /** @param settle called with each result, in order of adding */
  constructor(limits: Limits, settle: (result: T) => void, options: WindowOptions<T> = {}) {
    this.#limits = limits;
    this.#settle = settle;
    this.#options = options;
  }

  /** Whether room must be made before more is added. A single piece of work may be larger than all the bytes allowed. */
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
   * Waits until nothing is in flight.
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

/** How long what is in flight may still take once something has failed. In ms. */
const graceMs = 3_000;

/** What is done through a window. */
export interface Work<T> {
  readonly limits: Limits;
  readonly settle: (result: T) => void;
  readonly failureOf?: (result: T) => Failure | null;
  /** Adds all work. */
  readonly feed: (window: Window<T>) => Promise<void>;
  /** Makes what is in flight fail at once: called where something failed, and the rest takes too long. */
  readonly giveUp: () => void;
}

/**
 * Does all work through a window. Whatever fails, once the promise is settled nothing is in flight, and each
 * piece of work that succeeded is settled.
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
