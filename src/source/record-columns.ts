/**
 * What is known of many records, as numbers side by side: no object a record. They go from thread to thread in one
 * piece. Each record has a row of them, and so has each text that is none.
 */

/** The place of its kind in `kinds`, or `NO_RECORD`. */
export const KIND = 0;
/** Where its value begins and ends in the memory of values, and its id, or API key, as UTF-8. */
export const FROM = 1;
export const TO = 2;
export const ID_FROM = 3;
export const ID_TO = 4;
/** Its place: see `Place`. Its index is -1 where there is none. */
export const INDEX = 5;
export const OFFSET = 6;
export const LINE = 7;
/** Of a conversation, how many messages it has, -1 for none known; when it was last in use, in ms since 1970, or NaN. */
export const MESSAGES = 8;
export const LAST_ACTIVE = 9;
/** Of its Redis key: see `KeyDigest`. */
export const DIGEST = 10;

/** Numbers a row. */
export const stride = 13;

export const NO_RECORD = -1;

/** Rows of numbers that become more. */
export class RecordColumns {
  numbers = new Float64Array(256 * stride);
  #end = 0;

  /** Begins a row. @returns where it begins in `numbers` */
  add(): number {
    const from = this.#end;
    this.#makeRoom(stride);
    return from;
  }

  /** Adds a copy of some rows. */
  append(rows: Float64Array): void {
    const from = this.#end;
    this.#makeRoom(rows.length);
    this.numbers.set(rows, from);
  }

  /** Hands a copy of all rows over, and begins anew. */
  take(): Float64Array<ArrayBuffer> {
    const taken = this.numbers.slice(0, this.#end);
    this.#end = 0;
    return taken;
  }

  #makeRoom(count: number): void {
    this.#end += count;
    const { numbers } = this;
    if (this.#end <= numbers.length) return;
    this.numbers = new Float64Array(Math.max(this.#end, numbers.length * 2));
    this.numbers.set(numbers);
  }
}
