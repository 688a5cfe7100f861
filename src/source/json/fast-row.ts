import { isUtf8 } from "node:buffer";
import type { Kind } from "../../types/kind.js";
import { FROM, ID_FROM, ID_TO, LAST_ACTIVE, MESSAGES, TO } from "../record-columns.js";
import { longestKept, roomFor } from "./byte-window.js";
import { BRACE_CLOSE, BRACE_OPEN, LOWER_N, QUOTE } from "./characters.js";
import { readMessages } from "./fast-row-messages.js";
import { isName, readId, readName } from "./fast-row-names.js";
import { isNumber, numberIn } from "./fast-row-number.js";
import { RowInHand } from "./fast-row-tokens.js";
import { readValue } from "./fast-row-value.js";

/**
 * The fast path: reads a row in one pass over its bytes. It finds the row's end, drops the white space between tokens,
 * and checks that it is a record. The value is, byte for byte, what `JSON.stringify(JSON.parse(row))` makes. A row for
 * which that may differ (an escape or a number that is written otherwise, a name twice, a name that is an index), and
 * one that is unusual or wrong, is left to `decode-row.ts`.
 */

/** Where a row ends that was read. */
export interface FastRow {
  /** Position behind its last byte. */
  readonly end: number;
  /** Line breaks within it. */
  readonly lines: number;
}

/** What the members of a conversation have shown so far, as bits. */
const HAS_ID = 1;
const HAS_MESSAGES = 2;
const HAS_USER_NAME = 4;

/** Reads rows one after the other, and gathers their values in one piece of memory. */
export class FastRowReader {
  readonly #row: RowInHand;
  readonly #lends: boolean;
  /** The memory for most rows, and a piece that a long row needed. */
  readonly #usual: Buffer;
  #large: Buffer | null = null;
  /** Where the value in hand begins: before it are those that were kept. */
  #kept = 0;

  /**
   * @param memory where values are gathered until they are taken: rows that find no room there are not read
   * @param lends whether what is taken is done with when the next row is read: then the memory is used again
   */
  constructor(memory: Buffer, lends = false) {
    this.#lends = lends;
    this.#usual = memory;
    this.#row = new RowInHand(memory);
  }

  /** Hands over the values that were kept, and continues in another piece of memory. */
  take(): Buffer {
    const row = this.#row;
    const taken = row.out.subarray(0, this.#kept);
    this.#kept = 0;
    if (this.#lends) {
      if (row.out !== this.#usual) this.#large = row.out.length <= longestKept ? row.out : null;
      row.out = this.#usual;
      return taken;
    }
    // What is small is copied, so that little is kept alive by it.
    if (taken.length * 4 < row.out.length) return Buffer.from(taken);
    row.out = Buffer.allocUnsafeSlow(row.out.length);
    return taken;
  }

  /**
   * Keeps the row that was read last; otherwise the next one takes its place.
   * @param numbers gets from `at` on where its value and its id stand in what `take` returns, and what is known of its
   *   messages: see `RecordColumns`
   */
  keep(numbers: Float64Array, at: number): void {
    const row = this.#row;
    numbers[at + FROM] = this.#kept;
    numbers[at + TO] = row.to;
    numbers[at + ID_FROM] = row.idFrom;
    numbers[at + ID_TO] = row.idTo;
    numbers[at + MESSAGES] = row.messages;
    const to = row.activeTo || row.dateTo;
    const from = row.activeTo === 0 ? row.dateFrom : row.activeFrom;
    numbers[at + LAST_ACTIVE] = to === 0 ? Number.NaN : numberIn(row.out, from, to);
    this.#kept = row.to;
  }

  /** Reads the row of a kind that begins at `from`; null where it is left to decoding, or `ranOut`. */
  read(bytes: Buffer, from: number, kind: Kind): FastRow | null {
    const row = this.#row;
    row.begin(bytes, from, this.#kept);
    const read = kind === "conversation" ? readConversation(row) : readApiKey(row);
    if (!read || !isUtf8(row.out.subarray(this.#kept, row.to))) return null;
    return { end: row.at, lines: row.lines };
  }

  /** Reads the row of a kind that `bytes` are, however long; false where it is left to decoding. */
  readWhole(bytes: Buffer, kind: Kind): boolean {
    this.#makeRoom(this.#kept + bytes.length);
    return this.read(bytes, 0, kind)?.end === bytes.length;
  }

  #makeRoom(length: number): void {
    const row = this.#row;
    if (length <= row.out.length) return;
    const spare = this.#large;
    const room = spare !== null && length <= spare.length ? spare : Buffer.allocUnsafeSlow(roomFor(length));
    row.out.copy(room, 0, 0, this.#kept);
    row.out = room;
  }

  /** Whether the row that was not read last needs more bytes, or more room. */
  get ranOut(): boolean {
    return this.#row.ranOut;
  }
}

function readConversation(row: RowInHand): boolean {
  let seen = 0;
  const names = row.nameCount;
  let next = row.open(BRACE_OPEN);
  while (next === QUOTE) {
    const from = row.to + 1;
    if (!readName(row, names)) return false;
    const length = row.to - 2 - from;
    const first = row.token();
    const at = row.to;
    if (length === 2 && isName(row, from, "id")) {
      if (first !== QUOTE || !readId(row)) return false;
      seen |= HAS_ID;
    } else if (length === 8 && isName(row, from, "messages")) {
      if (!readMessages(row)) return false;
      seen |= HAS_MESSAGES;
    } else {
      if (length === 8 && isName(row, from, "userName") && first === QUOTE) seen |= HAS_USER_NAME;
      if (!readValue(row, 1)) return false;
      if (length === 10 && isNumber(first) && isName(row, from, "lastActive")) {
        row.activeFrom = at;
        row.activeTo = row.to;
      }
    }
    next = row.next(BRACE_CLOSE);
  }
  row.nameCount = names;
  return next === BRACE_CLOSE && seen === (HAS_ID | HAS_MESSAGES | HAS_USER_NAME);
}

function readApiKey(row: RowInHand): boolean {
  let seen = false;
  const names = row.nameCount;
  let next = row.open(BRACE_OPEN);
  while (next === QUOTE) {
    const from = row.to + 1;
    if (!readName(row, names)) return false;
    const length = row.to - 2 - from;
    const first = row.token();
    if (length === 3 && isName(row, from, "key")) {
      if (first !== QUOTE || !readId(row)) return false;
      seen = true;
    } else {
      if (length === 7 && isName(row, from, "balance") && first === LOWER_N) return false;
      if (!readValue(row, 1)) return false;
    }
    next = row.next(BRACE_CLOSE);
  }
  row.nameCount = names;
  return next === BRACE_CLOSE && seen;
}
