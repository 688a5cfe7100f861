import { ErrorReply } from "@redis/client";

/** A reply in Redis' protocol, RESP 2: strings as the bytes that they are, errors as values. */
export type Reply = string | number | Buffer | null | ErrorReply | readonly Reply[];

const LINE_FEED = 0x0a;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** What a reply begins with. */
const STATUS = 0x2b;
const ERROR = 0x2d;
const NUMBER = 0x3a;
const STRING = 0x24;
const ARRAY = 0x2a;

/** Nearly all statuses are this one. */
const OK = Buffer.from("+OK\r");

const nothing = Buffer.alloc(0);

/** An array whose items have not all come. */
interface OpenArray {
  readonly items: Reply[];
  readonly length: number;
}

/** Reads replies from the chunks in which they come (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
export class ReplyParser {
  readonly #onReply: (reply: Reply) => void;
  readonly #arrays: OpenArray[] = [];
  /** The beginning of a line whose end has not come. */
  #line: Buffer = nothing;
  /** A string that goes over the end of a chunk, with its line end, and how much of it has come. */
  #string: Buffer | null = null;
  #filled = 0;

  /** @param onReply called with each reply, in order */
  constructor(onReply: (reply: Reply) => void) {
    this.#onReply = onReply;
  }

  /**
   * Reads the next chunk, which must not be written to afterwards: strings are parts of it.
   * @throws Error where this is not Redis' protocol
   */
  read(chunk: Buffer): void {
    let at = this.#string === null ? 0 : this.#fill(this.#string, chunk);
    while (at < chunk.length) {
      const end = chunk.indexOf(LINE_FEED, at);
      if (end < 0) {
        this.#line = Buffer.concat([this.#line, chunk.subarray(at)]);
        return;
      }
      let length: number | null;
      if (this.#line.length === 0) length = this.#readLine(chunk, at, end);
      else {
        const line = Buffer.concat([this.#line, chunk.subarray(at, end)]);
        this.#line = nothing;
        length = this.#readLine(line, 0, line.length);
      }
      at = end + 1;
      if (length === null) continue;
      if (at + length + 2 <= chunk.length) {
        this.#add(chunk.subarray(at, at + length));
        at += length + 2;
        continue;
      }
      this.#string = Buffer.allocUnsafeSlow(length + 2);
      this.#filled = 0;
      at += this.#fill(this.#string, chunk.subarray(at));
    }
  }

  /** Puts more bytes into the string in hand. @returns how many */
  #fill(string: Buffer, chunk: Buffer): number {
    const copied = chunk.copy(string, this.#filled);
    this.#filled += copied;
    if (this.#filled === string.length) {
      this.#string = null;
      this.#add(string.subarray(0, -2));
    }
    return copied;
  }

  /** @param end where its line feed stands. @returns the length of the string that follows; null where none does */
  #readLine(bytes: Buffer, from: number, end: number): number | null {
    const type = bytes[from];
    if (type === STATUS) this.#add(isOk(bytes, from, end) ? "OK" : bytes.toString("utf8", from + 1, end - 1));
    else if (type === ERROR) this.#add(new ErrorReply(bytes.toString("utf8", from + 1, end - 1)));
    else {
      const number = numberIn(bytes, from + 1, end - 1);
      if (type === STRING && number >= 0) return number;
      if (type === NUMBER) this.#add(number);
      else if (type === ARRAY && number > 0) this.#arrays.push({ items: [], length: number });
      else if (type === ARRAY && number === 0) this.#add([]);
      else if (type === ARRAY || type === STRING) this.#add(null);
      else throw new Error("Unknown RESP type");
    }
    return null;
  }

  #add(reply: Reply): void {
    let whole = reply;
    for (let array = this.#arrays.at(-1); array !== undefined; array = this.#arrays.at(-1)) {
      array.items.push(whole);
      if (array.items.length < array.length) return;
      this.#arrays.pop();
      whole = array.items;
    }
    this.#onReply(whole);
  }
}

function isOk(bytes: Buffer, from: number, end: number): boolean {
  return end - from === OK.length && bytes[from + 1] === OK[1] && bytes[from + 2] === OK[2];
}

function numberIn(bytes: Buffer, from: number, end: number): number {
  const first = bytes[from] === MINUS ? from + 1 : from;
  let number = 0;
  for (let at = first; at < end; at += 1) {
    const digit = bytes[at] as number;
    if (digit < ZERO || digit > NINE) throw new Error("Unknown RESP type");
    number = number * 10 + digit - ZERO;
  }
  return first > from ? -number : number;
}
