import { LINE_FEED } from "./characters.js";

const nothing = Buffer.alloc(0);

/** Memory that was made for a long row is kept for the next one, unless it is larger than this. In bytes. */
export const longestKept = 32 * 1024 * 1024;

/** How much memory to make for a row of so many bytes: twice as much where it is kept, so that longer ones fit too. */
export function roomFor(bytes: number): number {
  return bytes * 2 <= longestKept ? bytes * 2 : bytes;
}

/** The bytes in hand: what is kept of earlier chunks, and the current one. */
export class ByteWindow {
  bytes: Buffer = nothing;
  /** Offset of the window's first byte in the text. */
  base = 0;
  /** The next byte, and the first one still needed: both positions in the window. */
  at = 0;
  keep = 0;
  /** Whether nothing comes behind these bytes. */
  ended = false;
  /** The window's memory, if it is our own and has room behind it. */
  #room: Buffer | null = null;
  /** Such memory that may be used again. */
  #spare: Buffer | null = null;
  /** Position of the next line feed, -1 when to be searched for. */
  #lineFeed = -1;

  /** Bytes from the start of the text to the next byte. */
  get offset(): number {
    return this.base + this.at;
  }

  /** The bytes between two offsets in the text, as far as they are in hand. */
  between(from: number, to: number): Buffer {
    return this.bytes.subarray(from - this.base, to - this.base);
  }

  /** Position of the next line feed from `from` on; infinite where there is none in these bytes. */
  nextLineFeed(from: number): number {
    if (this.#lineFeed < from) {
      const found = this.bytes.indexOf(LINE_FEED, from);
      this.#lineFeed = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return this.#lineFeed;
  }

  /**
   * Puts a chunk behind what is kept, copying as little as a row that spans chunks needs.
   * @param headroom bytes before the chunk that may be written to; if any, the memory of the last window may be too
   */
  append(chunk: Buffer, headroom: number): void {
    const kept = this.bytes.length - this.keep;
    this.#lineFeed = -1;
    if (kept === 0) {
      this.base += this.bytes.length;
      this.bytes = chunk;
      this.#room = null;
      this.at = 0;
      this.keep = 0;
      return;
    }
    if (kept <= headroom) {
      const window = Buffer.from(chunk.buffer, chunk.byteOffset - kept, kept + chunk.length);
      this.bytes.copy(window, 0, this.keep);
      return this.#moveTo(window, null);
    }
    const used = this.bytes.length;
    if (this.#room !== null && this.#room.length - used >= chunk.length) {
      chunk.copy(this.#room, used);
      this.bytes = this.#room.subarray(0, used + chunk.length);
      return;
    }
    const needed = kept + chunk.length;
    const spare = headroom > 0 && this.#spare !== null && this.#spare.length >= needed ? this.#spare : null;
    // A row longer than a chunk gets room to double in, so that its bytes are copied twice at most.
    const room = spare ?? Buffer.allocUnsafeSlow(kept > chunk.length ? needed * 2 : needed);
    this.#spare = room.length <= longestKept ? room : null;
    this.bytes.copy(room, 0, this.keep);
    chunk.copy(room, kept);
    this.#moveTo(room.subarray(0, needed), room);
  }

  /** Continues in a window that begins with what was kept of the last one. */
  #moveTo(window: Buffer, room: Buffer | null): void {
    this.base += this.keep;
    this.at -= this.keep;
    this.keep = 0;
    this.#room = room;
    this.bytes = window;
  }
}
