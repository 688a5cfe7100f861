import { isUtf8 } from "node:buffer";
import type { Kind } from "../../types.js";

/**
 * Reads a row that is as regular as nearly all are, in one pass over its bytes: finds its end, drops the white space
 * between its tokens, and sees that it is a record with nothing odd about it. What comes out is, byte for byte, what
 * `JSON.stringify(JSON.parse(row))` makes; whatever could make a difference between the two (an escape or a number that
 * is written otherwise, a name twice, a name that looks like an index) is left to those, as is whatever is odd or
 * wrong. It is not a second opinion on what a record is: it knows when none is needed.
 */

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BRACKET_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_CLOSE = 0x5d;
const LOWER_N = 0x6e;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/** A row that was read. */
export interface FastRow {
  /** Position behind its last byte. */
  readonly end: number;
  /** Lines that it goes over, beyond its first. */
  readonly lines: number;
}

/** What a row that was read came to. */
export interface Gathered {
  /** Where its value begins and ends among those gathered. */
  readonly from: number;
  readonly to: number;
  /** The id, or the API key. */
  readonly id: string;
}

/** White space between tokens. */
const white = new Uint8Array(256);
for (const character of " \t\r\n") white[character.charCodeAt(0)] = 1;

/** Bytes that end a run of plain text in a string: quote, backslash, and what may not stand there at all. */
const special = new Uint8Array(256).fill(1, 0, SPACE);
special[QUOTE] = 1;
special[BACKSLASH] = 1;

/** What `JSON.stringify` writes behind a backslash, but for `u`. */
const shortEscape = new Uint8Array(256);
for (const character of '"\\bfnrt') shortEscape[character.charCodeAt(0)] = 1;

/** Control characters that it writes as `\u00…`: those without a short escape. */
const longEscapes: ReadonlySet<string> = new Set(
  Array.from({ length: SPACE }, (_, code) => code)
    .filter((code) => !"\b\f\n\r\t".includes(String.fromCharCode(code)))
    .map((code) => code.toString(16).padStart(4, "0")),
);

/** Deeper, or with more names in one object, it is not regular. */
const deepest = 32;
const mostNames = 32;

/** Strings longer than this are left to the search for their quote, which is fast once it runs. In bytes. */
const shortString = 48;

/** The most digits that any whole number of so many digits is exact with, and written back as it was. */
const mostDigits = 15;

/** Thrown nowhere: what a step returns when the row is not regular, or not whole. */
const NOT = -1;

/** What stands behind the last member. */
const END = -2;

/** What the members of a record have shown so far, as bits. */
const HAS_ID = 1;
const HAS_MESSAGES = 2;
const HAS_USER_NAME = 4;
const HAS_CONTENT = 1;
const HAS_DATE = 2;
const HAS_TYPE = 4;

/** What stands before a value in a message. */
interface Gap {
  /** As it stands, and without white space. */
  readonly bytes: Uint8Array;
  readonly compact: Uint8Array;
  readonly lines: number;
  /** Where in `compact` the name begins, quote and all. */
  readonly name: number;
  /** What the value is: HAS_CONTENT, HAS_DATE, HAS_TYPE, or 0 for any other. */
  readonly role: number;
}

/** Reads regular rows one after the other, and gathers their values in one piece of memory. */
export class FastRowReader {
  #in: Buffer = Buffer.alloc(0);
  /** All of the memory that the bytes stand in, and the same as words. */
  #memory: Uint8Array = new Uint8Array(0);
  #words: Int32Array = new Int32Array(0);
  /** The first quote and backslash from where they were searched for; who looks from further back must search anew. */
  #nextQuote = NOT;
  #nextBackslash = NOT;
  #searched = 0;
  #out: Buffer;
  readonly #lends: boolean;
  /** Position in the bytes from which on nothing is read. */
  #limit = 0;
  #ranOut = false;
  #at = 0;
  /** Where the next byte goes, and where the value in hand begins: before it are those that were kept. */
  #to = 0;
  #kept = 0;
  #lines = 0;
  /** Names of the objects that are open: where each begins and ends in `#out`, and where each object's begin. */
  readonly #names = new Int32Array(deepest * mostNames * 2);
  #nameCount = 0;
  /** What stood before the values of the message before this one, as far as that holds. */
  readonly #gaps: Gap[] = [];
  #gapCount = 0;
  #idFrom = 0;
  #idTo = 0;

  /**
   * @param memory where values are gathered until they are taken: rows that find no room there are not read
   * @param lends whether what is taken is done with when the next row is read: then the memory is used again
   */
  constructor(memory: Buffer, lends = false) {
    this.#lends = lends;
    this.#out = memory;
  }

  /** Hands over the values that were kept, and goes on in another piece of memory. */
  take(): Buffer {
    const taken = this.#out.subarray(0, this.#kept);
    if (this.#lends) {
      this.#kept = 0;
      return taken;
    }
    // What is small is copied, so that little is kept alive by it.
    if (taken.length * 4 < this.#out.length) {
      this.#kept = 0;
      return Buffer.from(taken);
    }
    this.#out = Buffer.allocUnsafeSlow(this.#out.length);
    this.#kept = 0;
    return taken;
  }

  /** Keeps the row that was read last; otherwise the next one takes its place. */
  keep(): Gathered {
    const [from, to] = [this.#kept, this.#to];
    this.#kept = to;
    return { from, to, id: this.#out.toString("utf8", this.#idFrom, this.#idTo) };
  }

  /** Reads the row of a kind that begins at `from`; null where it is not regular, or ends behind these bytes: see `ranOut`. */
  read(bytes: Buffer, from: number, kind: Kind): FastRow | null {
    // White space goes, and nothing comes: so it fits where its bytes would.
    this.#limit = Math.min(bytes.length, from + this.#out.length - this.#kept);
    this.#to = this.#kept;
    if (bytes !== this.#in) {
      this.#in = bytes;
      this.#memory = new Uint8Array(bytes.buffer);
      this.#words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
      this.#searched = Number.MAX_SAFE_INTEGER;
    }
    // Another window, or a row that was read before, be it as a part of another one.
    if (from < this.#searched) {
      this.#nextQuote = NOT;
      this.#nextBackslash = NOT;
      this.#searched = from;
    }
    this.#at = from;
    this.#lines = 0;
    this.#nameCount = 0;
    this.#ranOut = false;
    const read = kind === "conversation" ? this.#conversation() : this.#apiKey();
    if (!read || !isUtf8(this.#out.subarray(this.#kept, this.#to))) return null;
    return { end: this.#at, lines: this.#lines };
  }

  /** Whether the row that was not read might be regular, if there were more bytes. */
  get ranOut(): boolean {
    return this.#ranOut && this.#limit === this.#in.length;
  }

  /** It goes on behind the bytes that may be read. */
  #runOut(): false {
    this.#ranOut = true;
    return false;
  }

  /** Passes white space. @returns the byte behind it, or NOT at the end */
  #token(): number {
    const bytes = this.#in;
    const limit = this.#limit;
    let at = this.#at;
    while (at < limit) {
      const byte = bytes[at] as number;
      if (byte > SPACE) {
        this.#at = at;
        return byte;
      }
      if (byte === LINE_FEED) this.#lines += 1;
      else if (white[byte] === 0) return NOT;
      at += 1;
    }
    this.#ranOut = true;
    return NOT;
  }

  #put(byte: number): void {
    this.#out[this.#to] = byte;
    this.#to += 1;
    this.#at += 1;
  }

  #conversation(): boolean {
    let seen = 0;
    const names = this.#nameCount;
    let next = this.#open(BRACE_OPEN);
    while (next === QUOTE) {
      const from = this.#to + 1;
      if (!this.#name(names)) return false;
      const length = this.#to - 2 - from;
      const first = this.#token();
      if (length === 2 && this.#isName(from, "id")) {
        if (first !== QUOTE || !this.#id()) return false;
        seen |= HAS_ID;
      } else if (length === 8 && this.#isName(from, "messages")) {
        if (!this.#messages()) return false;
        seen |= HAS_MESSAGES;
      } else {
        if (length === 8 && this.#isName(from, "userName") && first === QUOTE) seen |= HAS_USER_NAME;
        if (!this.#value(1)) return false;
      }
      next = this.#next(BRACE_CLOSE);
    }
    this.#nameCount = names;
    return next === BRACE_CLOSE && seen === (HAS_ID | HAS_MESSAGES | HAS_USER_NAME);
  }

  #messages(): boolean {
    let next = this.#open(BRACKET_OPEN);
    if (next === BRACKET_CLOSE) {
      this.#put(BRACKET_CLOSE);
      return true;
    }
    while (next !== NOT) {
      if (!this.#message()) return false;
      next = this.#next(BRACKET_CLOSE);
      if (next === BRACKET_CLOSE) return true;
    }
    return false;
  }

  #message(): boolean {
    let seen = 0;
    const names = this.#nameCount;
    for (let member = 0; ; member += 1) {
      const role = this.#passGap(member) ? (this.#gaps[member] as Gap).role : this.#readGap(member, names);
      if (role === NOT) return false;
      if (role === END) break;
      const first = this.#token();
      const at = this.#to;
      if (!this.#value(2)) return false;
      if (role === HAS_CONTENT) {
        if (first !== LOWER_N) seen |= HAS_CONTENT;
      } else if (role === HAS_DATE) {
        if (first === MINUS || (first >= ZERO && first <= NINE)) seen |= HAS_DATE;
      } else if (role === HAS_TYPE) {
        if (this.#to === at + 1 && first >= ZERO && first <= ZERO + 2) seen |= HAS_TYPE;
      }
    }
    this.#nameCount = names;
    return seen === (HAS_CONTENT | HAS_DATE | HAS_TYPE);
  }

  /**
   * Passes what stands before a value in a message: bracket or comma, white space, name and colon. Nearly always these
   * are the same bytes as in the message before, at the same place, and then there is nothing to find out about them.
   */
  #passGap(member: number): boolean {
    if (member >= this.#gapCount) return false;
    const { bytes: known, compact, lines, name } = this.#gaps[member] as Gap;
    const bytes = this.#in;
    const from = this.#at;
    if (from + known.length > this.#limit || this.#nameCount >= mostNames) return false;
    for (let at = 0; at < known.length; at += 1) if (bytes[from + at] !== known[at]) return false;
    const out = this.#out;
    const to = this.#to;
    for (let at = 0; at < compact.length; at += 1) out[to + at] = compact[at] as number;
    this.#names[this.#nameCount * 2] = to + name;
    // The colon behind the name is the last byte.
    this.#names[this.#nameCount * 2 + 1] = to + compact.length - 1;
    this.#nameCount += 1;
    this.#at = from + known.length;
    this.#to = to + compact.length;
    this.#lines += lines;
    return true;
  }

  /** Reads what stands before a value, and remembers it. @returns what the value is, END behind the last, or NOT */
  #readGap(member: number, names: number): number {
    const [from, to, lines] = [this.#at, this.#to, this.#lines];
    const next = member === 0 ? this.#open(BRACE_OPEN) : this.#next(BRACE_CLOSE);
    if (next === BRACE_CLOSE && member > 0) return END;
    if (next !== QUOTE) return NOT;
    const name = this.#to;
    if (!this.#name(names) || this.#token() === NOT) return NOT;
    const length = this.#to - name - 3;
    let role = 0;
    if (length === 7 && this.#isName(name + 1, "content")) role = HAS_CONTENT;
    else if (length === 4 && this.#isName(name + 1, "date")) role = HAS_DATE;
    else if (length === 4 && this.#isName(name + 1, "type")) role = HAS_TYPE;
    this.#gaps[member] = {
      bytes: Uint8Array.prototype.slice.call(this.#in, from, this.#at),
      compact: Uint8Array.prototype.slice.call(this.#out, to, this.#to),
      lines: this.#lines - lines,
      name: name - to,
      role,
    };
    // Those behind it stood behind other names, and one of them might be this one.
    this.#gapCount = member + 1;
    return role;
  }

  #apiKey(): boolean {
    let seen = false;
    const names = this.#nameCount;
    let next = this.#open(BRACE_OPEN);
    while (next === QUOTE) {
      const from = this.#to + 1;
      if (!this.#name(names)) return false;
      const length = this.#to - 2 - from;
      const first = this.#token();
      if (length === 3 && this.#isName(from, "key")) {
        if (first !== QUOTE || !this.#id()) return false;
        seen = true;
      } else {
        if (length === 7 && this.#isName(from, "balance") && first === LOWER_N) return false;
        if (!this.#value(1)) return false;
      }
      next = this.#next(BRACE_CLOSE);
    }
    this.#nameCount = names;
    return next === BRACE_CLOSE && seen;
  }

  /** An opening bracket. @returns the first byte behind it */
  #open(bracket: number): number {
    if (this.#token() !== bracket) return NOT;
    this.#put(bracket);
    return this.#token();
  }

  /** What stands behind an element or member: a comma and what it announces, or the closing bracket, which is passed. */
  #next(closing: number): number {
    const byte = this.#token();
    if (byte === closing) {
      this.#put(closing);
      return closing;
    }
    if (byte !== COMMA) return NOT;
    this.#put(COMMA);
    const next = this.#token();
    // A comma announces a member, or any value.
    return closing === BRACE_CLOSE && next !== QUOTE ? NOT : next === closing ? NOT : next;
  }

  #isName(from: number, name: string): boolean {
    for (let at = 0; at < name.length; at += 1) {
      if (this.#out[from + at] !== name.charCodeAt(at)) return false;
    }
    return true;
  }

  /** A name and its colon; not one that stands in this object already, nor one that JavaScript would put first. */
  #name(firstName: number): boolean {
    const from = this.#to;
    if (!this.#string()) return false;
    const to = this.#to;
    const out = this.#out;
    const first = out[from + 1] as number;
    if (first >= ZERO && first <= NINE) return false;
    const names = this.#names;
    for (let one = firstName; one < this.#nameCount; one += 1) {
      const start = names[one * 2] as number;
      if ((names[one * 2 + 1] as number) - start !== to - from) continue;
      let same = true;
      for (let at = 1; same && at < to - from; at += 1) same = out[start + at] === out[from + at];
      if (same) return false;
    }
    if (this.#nameCount - firstName >= mostNames) return false;
    names[this.#nameCount * 2] = from;
    names[this.#nameCount * 2 + 1] = to;
    this.#nameCount += 1;
    if (this.#token() !== COLON) return false;
    this.#put(COLON);
    return true;
  }

  /** An id: a string that is not empty, and in which nothing is escaped. */
  #id(): boolean {
    this.#idFrom = this.#to + 1;
    if (!this.#string()) return false;
    this.#idTo = this.#to - 1;
    if (this.#idTo === this.#idFrom) return false;
    for (let at = this.#idFrom; at < this.#idTo; at += 1) if (this.#out[at] === BACKSLASH) return false;
    return true;
  }

  #value(depth: number): boolean {
    const byte = this.#token();
    if (byte === QUOTE) return this.#string();
    if (byte === BRACE_OPEN) return depth < deepest && this.#object(depth + 1);
    if (byte === BRACKET_OPEN) return depth < deepest && this.#array(depth + 1);
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return this.#number();
    return this.#literal(byte);
  }

  #object(depth: number): boolean {
    const names = this.#nameCount;
    let next = this.#open(BRACE_OPEN);
    if (next === BRACE_CLOSE) {
      this.#put(BRACE_CLOSE);
      return true;
    }
    while (next === QUOTE) {
      if (!this.#name(names) || !this.#value(depth)) return false;
      next = this.#next(BRACE_CLOSE);
    }
    this.#nameCount = names;
    return next === BRACE_CLOSE;
  }

  #array(depth: number): boolean {
    let next = this.#open(BRACKET_OPEN);
    if (next === BRACKET_CLOSE) {
      this.#put(BRACKET_CLOSE);
      return true;
    }
    while (next !== NOT) {
      if (!this.#value(depth)) return false;
      next = this.#next(BRACKET_CLOSE);
      if (next === BRACKET_CLOSE) return true;
    }
    return false;
  }

  /** A string, as it is. Most of a file's bytes are in strings. */
  #string(): boolean {
    const bytes = this.#in;
    const out = this.#out;
    const limit = this.#limit;
    let at = this.#at + 1;
    let to = this.#to;
    out[to] = QUOTE;
    to += 1;
    for (;;) {
      const near = Math.min(at + shortString, limit);
      let byte = 0;
      while (at < near) {
        byte = bytes[at] as number;
        if (special[byte] === 1) break;
        out[to] = byte;
        to += 1;
        at += 1;
      }
      if (at === near) {
        const stop = this.#nextStop(at);
        if (stop < 0 || stop >= limit) return this.#runOut();
        if (!this.#isPlain(at, stop)) return false;
        this.#move(at, stop, to);
        to += stop - at;
        at = stop;
        byte = bytes[at] as number;
      }
      if (byte === QUOTE) break;
      // A control character.
      if (byte !== BACKSLASH) return false;
      if (at + 1 >= limit) return this.#runOut();
      const escaped = bytes[at + 1] as number;
      const length = shortEscape[escaped] === 1 ? 2 : 6;
      if (at + length > limit) return this.#runOut();
      if (length === 6 && (escaped !== 0x75 || !longEscapes.has(bytes.toString("latin1", at + 2, at + 6))))
        return false;
      for (const end = at + length; at < end; at += 1) {
        out[to] = bytes[at] as number;
        to += 1;
      }
    }
    out[to] = QUOTE;
    this.#to = to + 1;
    this.#at = at + 1;
    return true;
  }

  /** Copies a long stretch. Within one piece of memory that takes a fifth of the time (measured). */
  #move(from: number, end: number, to: number): void {
    const bytes = this.#in;
    const out = this.#out;
    if (bytes.buffer !== out.buffer) {
      bytes.copy(out, to, from, end);
      return;
    }
    const shift = bytes.byteOffset;
    this.#memory.copyWithin(out.byteOffset + to, shift + from, shift + end);
  }

  /** The next quote or backslash, from `at` on; NOT where there is no quote. */
  #nextStop(at: number): number {
    const bytes = this.#in;
    this.#searched = at;
    if (this.#nextQuote < at) {
      const quote = bytes.indexOf(QUOTE, at);
      if (quote < 0) return NOT;
      this.#nextQuote = quote;
    }
    if (this.#nextBackslash < at) {
      const backslash = bytes.indexOf(BACKSLASH, at);
      this.#nextBackslash = backslash < 0 ? Number.MAX_SAFE_INTEGER : backslash;
    }
    return Math.min(this.#nextQuote, this.#nextBackslash);
  }

  /** Whether there is no control character in a stretch: four bytes at a time, wherever they are aligned. */
  #isPlain(from: number, to: number): boolean {
    const bytes = this.#in;
    const shift = bytes.byteOffset;
    let at = from;
    while (at < to && ((at + shift) & 3) !== 0) {
      if ((bytes[at] as number) < SPACE) return false;
      at += 1;
    }
    const words = this.#words;
    const last = (to + shift) >> 2;
    for (let word = (at + shift) >> 2; word < last; word += 1) {
      const four = words[word] as number;
      // Has a byte below 0x20 (https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord).
      if (((four - 0x20202020) & ~four & 0x80808080) !== 0) return false;
      at += 4;
    }
    at = Math.max(at, last * 4 - shift);
    while (at < to) {
      if ((bytes[at] as number) < SPACE) return false;
      at += 1;
    }
    return true;
  }

  /** Passes some bytes, as they are. */
  #copy(from: number, to: number): void {
    for (let at = from; at < to; at += 1) {
      this.#out[this.#to] = this.#in[at] as number;
      this.#to += 1;
    }
    this.#at = to;
  }

  /** A number that is written as JavaScript writes it. */
  #number(): boolean {
    const bytes = this.#in;
    const limit = this.#limit;
    const from = this.#at;
    let at = from;
    if (bytes[at] === MINUS) at += 1;
    const digits = at;
    while (at < limit && isDigit(bytes[at] as number)) at += 1;
    const count = at - digits;
    if (at >= limit) return this.#runOut();
    if (count === 0 || count > mostDigits) return false;
    const end = bytes[at] as number;
    // Neither 007 nor -0 is written so again.
    if (bytes[digits] === ZERO && (count > 1 || (digits > from && end !== POINT))) return false;
    if (end === POINT) {
      at += 1;
      while (at < limit && isDigit(bytes[at] as number)) at += 1;
      if (at >= limit) return this.#runOut();
      const text = bytes.toString("latin1", from, at);
      const value = Number(text);
      if (Number.isInteger(value) || String(value) !== text) return false;
    }
    // An exponent, or what is no number.
    const behind = bytes[at] as number;
    if (behind === 0x65 || behind === 0x45 || behind === POINT) return false;
    this.#copy(from, at);
    return true;
  }

  #literal(byte: number): boolean {
    const text = byte === 0x74 ? "true" : byte === 0x66 ? "false" : byte === 0x6e ? "null" : null;
    if (text === null) return false;
    if (this.#at + text.length > this.#limit) return this.#runOut();
    for (let at = 0; at < text.length; at += 1) {
      if (this.#in[this.#at + at] !== text.charCodeAt(at)) return false;
    }
    this.#copy(this.#at, this.#at + text.length);
    return true;
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}
