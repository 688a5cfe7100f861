import { isUtf8 } from "node:buffer";
import type { Kind } from "../../types/kind.js";
import { FROM, ID_FROM, ID_TO, LAST_ACTIVE, MESSAGES, TO } from "../record-columns.js";
import * as found from "./assembly/found.js";
import { longestKept, roomFor } from "./byte-window.js";
import { isDigit, ZERO } from "./characters.js";
import { ahead, RowMemory, type RowMemorySizes } from "./row-memory.js";

/**
 * The fast path: reads a row in one pass over its bytes, by WebAssembly (`assembly/read-row.ts`). It finds the row's end,
 * drops the white space between tokens, and checks that it is a record. The value is, byte for byte, what
 * `JSON.stringify(JSON.parse(row))` makes. A row for which that may differ (an escape or a number that is written
 * otherwise, a name twice, a name that is an index), and one that is unusual or wrong, is left to `decode-row.ts`; so are
 * all rows where Node has no WebAssembly.
 */

/** Where a row ends that was read. */
export interface FastRow {
  /** Position behind its last byte. */
  readonly end: number;
  /** Line breaks within it. */
  readonly lines: number;
}

/** Reads rows one after the other, and gathers their values in one piece of memory. */
export class FastRowReader {
  /** Memory for text: rows that stand in it are read where they stand, all others are copied first. */
  readonly input: Buffer;
  /** Whether the row that was not read last needs more bytes, or more room. */
  ranOut = false;
  /** The memory for most rows, one that a long row needed, and the one in use. Null where there is no WebAssembly. */
  readonly #usual: RowMemory | null;
  #large: RowMemory | null = null;
  #memory: RowMemory | null;
  /** How many bytes of values were kept. */
  #kept = 0;
  /** The bytes of which a part was copied last, and which part. */
  #copied: Buffer | null = null;
  #copiedFrom = 0;
  #copiedTo = 0;

  /** @param sizes in bytes: of the values that are gathered until they are taken, of a row that is copied, of `input` */
  constructor(sizes: RowMemorySizes) {
    this.#usual = idleMemory(sizes) ?? rowMemory(sizes);
    this.#memory = this.#usual;
    this.input = this.#usual?.input ?? Buffer.allocUnsafeSlow(sizes.input);
  }

  /** Lets the next reader have the memory: neither this one nor what it lent may be used any more. */
  close(): void {
    if (this.#usual !== null) idle = this.#usual;
  }

  /** Hands over the values that were kept. Their memory is used again when the next row is read. */
  take(): Buffer {
    const taken = this.#memory?.output.subarray(0, this.#kept) ?? Buffer.alloc(0);
    this.#kept = 0;
    this.#use(this.#usual);
    return taken;
  }

  /**
   * Keeps the row that was read last; otherwise the next one takes its place.
   * @param numbers gets from `at` on where its value and its id stand in what `take` returns, and what is known of its
   *   messages: see `RecordColumns`
   */
  keep(numbers: Float64Array, at: number): void {
    const memory = this.#memory as RowMemory;
    const row = memory.findings;
    const start = memory.output.byteOffset;
    const end = (row[found.VALUE_END] as number) - start;
    numbers[at + FROM] = this.#kept;
    numbers[at + TO] = end;
    numbers[at + ID_FROM] = (row[found.ID_BEGIN] as number) - start;
    numbers[at + ID_TO] = (row[found.ID_END] as number) - start;
    numbers[at + MESSAGES] = row[found.MESSAGE_COUNT] as number;
    const active = row[found.ACTIVE_END] === 0 ? found.DATE_BEGIN : found.ACTIVE_BEGIN;
    const [from, to] = [row[active] as number, row[active + 1] as number];
    numbers[at + LAST_ACTIVE] = to === 0 ? Number.NaN : numberIn(memory.output, from - start, to - start);
    this.#kept = end;
  }

  /**
   * Reads the row of a kind that begins at `from`; null where it is left to decoding, or `ranOut`.
   * @param bytes must hold the same whenever they are given again
   */
  read(bytes: Buffer, from: number, kind: Kind): FastRow | null {
    const memory = this.#memory;
    if (memory === null) return null;
    if (bytes.buffer === memory.output.buffer)
      return this.#read(memory, kind, bytes.byteOffset, from, bytes.length);
    if (bytes === this.#copied && from >= this.#copiedFrom && from < this.#copiedTo) {
      const read = this.#readCopy(memory, kind, from);
      if (!this.ranOut || this.#copiedTo === bytes.length) return read;
    }
    this.#copied = bytes;
    this.#copiedFrom = from;
    this.#copiedTo = from + bytes.copy(memory.copies, 0, from);
    return this.#readCopy(memory, kind, from);
  }

  /** Reads the row of a kind that `bytes` are, however long; false where it is left to decoding. */
  readWhole(bytes: Buffer, kind: Kind): boolean {
    const memory = this.#withRoom(this.#kept + ahead + bytes.length);
    if (memory === null) return false;
    const { output } = memory;
    const at = this.#kept + ahead;
    bytes.copy(output, at);
    return this.#read(memory, kind, output.byteOffset + at, 0, bytes.length)?.end === bytes.length;
  }

  #readCopy(memory: RowMemory, kind: Kind, from: number): FastRow | null {
    return this.#read(memory, kind, memory.copies.byteOffset - this.#copiedFrom, from, this.#copiedTo);
  }

  /** @param shift where in memory the bytes begin among which the row stands `from` there on, and before `to` */
  #read(memory: RowMemory, kind: Kind, shift: number, from: number, to: number): FastRow | null {
    const { output, findings: row } = memory;
    // Without its white space a row is no longer, so it fits where its bytes would.
    const limit = Math.min(to, from + output.length - this.#kept);
    const end = memory.read(kind === "key", shift + from, shift + limit, output.byteOffset + this.#kept);
    this.ranOut = end < 0;
    if (end <= 0) return null;
    const valueEnd = (row[found.VALUE_END] as number) - output.byteOffset;
    if (row[found.IS_ASCII] === 0 && !isUtf8(output.subarray(this.#kept, valueEnd))) return null;
    return { end: end - shift, lines: row[found.LINES] as number };
  }

  /** Memory with so much room for values, in which those stand that were kept. */
  #withRoom(bytes: number): RowMemory | null {
    const [memory, usual] = [this.#memory, this.#usual];
    if (memory === null || usual === null || bytes <= memory.output.length) return memory;
    // Where the rows behind a long one find room as well, what was kept is not copied again for each of them.
    const more = usual.output.length;
    const fits = this.#large !== null && bytes <= this.#large.output.length;
    const sizes = { output: roomFor(bytes) + more, copies: usual.copies.length, input: 0 };
    const large = fits ? this.#large : rowMemory(sizes);
    if (large === null) return null;
    memory.output.copy(large.output, 0, 0, this.#kept);
    this.#large = large.output.length <= longestKept + more ? large : null;
    this.#use(large);
    return large;
  }

  #use(memory: RowMemory | null): void {
    if (memory === this.#memory) return;
    this.#memory = memory;
    this.#copied = null;
  }
}

/** Memory that nobody uses: making it takes longer than reading a small file. */
let idle: RowMemory | null = null;

function idleMemory({ output, copies, input }: RowMemorySizes): RowMemory | null {
  const found = idle;
  if (found?.output.length !== output || found.copies.length !== copies || found.input.length !== input)
    return null;
  idle = null;
  return found;
}

/** Null where there is no WebAssembly, or not so much address space. */
function rowMemory(sizes: RowMemorySizes): RowMemory | null {
  try {
    return new RowMemory(sizes);
  } catch {
    return null;
  }
}

/** The number that was read and stands here. Most are whole, and need no text made of them. */
function numberIn(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (!isDigit(byte)) return Number(bytes.toString("latin1", from, to));
    value = value * 10 + byte - ZERO;
  }
  return value;
}
