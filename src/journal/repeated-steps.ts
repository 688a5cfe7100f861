import { SeenKeys } from "../record/seen-keys.js";
import { noRow } from "../record/seen-row.js";
import type { Step } from "./format.js";

/**
 * Makes one step of several for one key, which a run has where Redis lost data meanwhile: the first, which says what the
 * key held before the run, with the digest that the last one left.
 */
export class RepeatedSteps {
  readonly #lastDigests = new LastDigests();
  readonly #replaced = new SeenKeys();
  readonly #yielded = new SeenKeys();

  /** To be called with each step, before any is asked for. */
  add(step: Step): void {
    if (!step.again) return;
    this.#lastDigests.set(step.key, step.digest);
    if (step.op === "replace") this.#replaced.add(step.key, noRow);
  }

  /** What an undo takes back in the place of a step; null for nothing. To be called with each step in order. */
  merge(step: Step): Step | null {
    const digest = this.#lastDigests.get(step.key);
    if (digest === null) return step;
    // The app put something else there since, which an undo must not delete: the step that replaced it holds it.
    if (step.op === "create" && this.#replaced.find(step.key) !== null) return null;
    return this.#yielded.add(step.key, noRow) === null ? { ...step, digest } : null;
  }
}

/** The last digest for each of many keys, in about 50 bytes a key: after a restart, each key may have one. */
class LastDigests {
  readonly #places = new SeenKeys();
  #digests = Buffer.alloc(20 * 1024);

  set(key: string, digest: string): void {
    const next = this.#places.size;
    const place = this.#places.add(key, { ...noRow, row: next })?.row ?? next;
    if ((place + 1) * 20 > this.#digests.length)
      this.#digests = Buffer.concat([this.#digests, Buffer.alloc(this.#digests.length)]);
    this.#digests.write(digest, place * 20, 20, "hex");
  }

  get(key: string): string | null {
    const place = this.#places.find(key)?.row ?? null;
    return place === null ? null : this.#digests.toString("hex", place * 20, (place + 1) * 20);
  }
}
