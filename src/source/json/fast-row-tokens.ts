import { BRACE_CLOSE, COMMA, isWhite, LINE_FEED, QUOTE, SPACE } from "./characters.js";
import type { Gap } from "./fast-row-messages.js";

/** A row that is nested deeper, or has more names in one object, is left to decoding. */
export const deepest = 32;
export const mostNames = 32;

/** Returned where the row is left to decoding, or is not whole. */
export const NOT = -1;

/** The row that is being read: where its bytes are, and where they are written to without white space. */
export class RowInHand {
  in: Buffer = Buffer.alloc(0);
  /** All of the memory that the bytes stand in, and the same as words. */
  memory: Uint8Array = new Uint8Array(0);
  words: Int32Array = new Int32Array(0);
  /** The first quote and backslash behind `searched`; from further back they must be searched for anew. */
  nextQuote = NOT;
  nextBackslash = NOT;
  searched = 0;
  out: Buffer;
  /** Position at which reading stops. */
  limit = 0;
  ranOut = false;
  at = 0;
  /** Where the next byte is written. */
  to = 0;
  lines = 0;
  /** Names of the objects that are open: where each begins and ends in `out`. */
  readonly names = new Int32Array(deepest * mostNames * 2);
  nameCount = 0;
  /** What stood before the values of the last message, as far as this one repeats it. */
  readonly gaps: Gap[] = [];
  gapCount = 0;
  /** Where the id, or the API key, stands in `out`. */
  idFrom = 0;
  idTo = 0;
  /** Of a conversation, how many messages were read; -1 for none known. */
  messages = -1;
  /** Where the number of its `lastActive` stands in `out`, and that of the last `date` of a message; nowhere while its end is 0. */
  activeFrom = 0;
  activeTo = 0;
  dateFrom = 0;
  dateTo = 0;

  constructor(out: Buffer) {
    this.out = out;
  }

  /** Begins a row at `from`, which is written from `to` on. */
  begin(bytes: Buffer, from: number, to: number): void {
    // Without its white space a row is no longer, so it fits where its bytes would.
    this.limit = Math.min(bytes.length, from + this.out.length - to);
    if (bytes !== this.in) {
      this.in = bytes;
      this.memory = new Uint8Array(bytes.buffer);
      this.words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
      this.searched = Number.MAX_SAFE_INTEGER;
    }
    // Another window, or a row that was read before, be it as a part of another one.
    if (from < this.searched) {
      this.nextQuote = NOT;
      this.nextBackslash = NOT;
      this.searched = from;
    }
    this.at = from;
    this.to = to;
    this.lines = 0;
    this.nameCount = 0;
    this.ranOut = false;
    this.messages = -1;
    this.activeTo = 0;
    this.dateTo = 0;
  }

  /** The row does not end before `limit`. */
  runOut(): false {
    this.ranOut = true;
    return false;
  }

  /** Skips white space. @returns the byte behind it, or NOT at the end */
  token(): number {
    const bytes = this.in;
    const limit = this.limit;
    let at = this.at;
    while (at < limit) {
      const byte = bytes[at] as number;
      if (byte > SPACE) {
        this.at = at;
        return byte;
      }
      if (byte === LINE_FEED) this.lines += 1;
      else if (!isWhite(byte)) return NOT;
      at += 1;
    }
    this.ranOut = true;
    return NOT;
  }

  put(byte: number): void {
    this.out[this.to] = byte;
    this.to += 1;
    this.at += 1;
  }

  /** Writes some bytes as they are. */
  copy(from: number, to: number): void {
    for (let at = from; at < to; at += 1) {
      this.out[this.to] = this.in[at] as number;
      this.to += 1;
    }
    this.at = to;
  }

  /** Reads an opening bracket. @returns the first byte behind it */
  open(bracket: number): number {
    if (this.token() !== bracket) return NOT;
    this.put(bracket);
    return this.token();
  }

  /** Reads what stands behind an element or member. @returns the first byte behind a comma, or the closing bracket */
  next(closing: number): number {
    const byte = this.token();
    if (byte === closing) {
      this.put(closing);
      return closing;
    }
    if (byte !== COMMA) return NOT;
    this.put(COMMA);
    const next = this.token();
    // A comma announces a member, or any value.
    return closing === BRACE_CLOSE && next !== QUOTE ? NOT : next === closing ? NOT : next;
  }
}
