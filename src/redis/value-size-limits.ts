import { Refusal } from "./refused-by-redis.js";

/** The largest value that a server takes in a command, and the setting that says so; endless where none does. */
export interface LargestValue {
  readonly bytes: number;
  readonly setting: string;
}

/** How large a value each master takes, by its name; a master that is not among them takes any. */
export class ValueSizeLimits {
  readonly #limits = new Map<string, LargestValue>();
  #smallest = Number.POSITIVE_INFINITY;

  add(at: string, limit: LargestValue): void {
    this.#limits.set(at, limit);
    this.#smallest = Math.min(this.#smallest, limit.bytes);
  }

  /** @param locate names the master; asked only for a value that one of the masters does not take */
  refusalOf(locate: () => string, bytes: number): Refusal | null {
    if (bytes <= this.#smallest) return null;
    const limit = this.#limits.get(locate());
    if (limit === undefined || bytes <= limit.bytes) return null;
    return new Refusal(
      `this value has ${bytes} bytes, and Redis takes no more than ${limit.bytes} (${limit.setting})`,
    );
  }
}
