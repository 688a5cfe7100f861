import type { Rejection } from "../types/row.js";

/** What could not be read as a record: the first ones are listed. */
export class ListedRejections {
  readonly listed: Rejection[] = [];
  /** Whether some are not listed. */
  truncated = false;
  readonly #bound: number;

  /** @param bound how many to list at most */
  constructor(bound: number) {
    this.#bound = bound;
  }

  add(rejection: Rejection): void {
    if (this.listed.length < this.#bound) this.listed.push(rejection);
    else this.truncated = true;
  }

  /** The damaged bytes that were added last go on for so many bytes. */
  extendLast(bytes: number): void {
    const last = this.truncated ? undefined : this.listed.pop();
    if (last !== undefined) this.listed.push({ ...last, bytes: (last.bytes ?? 0) + bytes });
  }

  clear(): void {
    this.listed.length = 0;
    this.truncated = false;
  }
}
