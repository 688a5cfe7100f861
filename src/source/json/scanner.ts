/**
 * A JSON scanner for files larger than memory. It is fed chunks of UTF-8, walks the outer structure strictly,
 * and hands over the raw bytes of the values it is asked to take; inside those it only matches brackets and
 * strings, as fast as that can be done. Damage is reported, and passed where indentation shows what comes next.
 */

import { lackingHeap } from "../../record/heap-needed.js";
import { setOf } from "../../types.js";
import { Walk, type WalkOptions } from "./grammar.js";
import { certainEnd, type Found, kindOfRow, type Layouts, Resync } from "./resync-after-damage.js";

/** What to do with a value that begins: walk into it, hand over its bytes, or pass it by. */
export type Disposition = "enter" | "take" | "skip";

/** One level of the walked structure. */
export interface Level {
  readonly array: boolean;
  /** Position of the current child, from 0. */
  readonly index: number;
  /** Name of the current member; empty within an array. */
  readonly name: string;
  /** Whether it stands for levels that were lost: then its positions count from where that was. */
  readonly adopted?: boolean;
}

/** A value that was taken. Its bytes are those that were written to the scanner, and last as long. */
interface Taken {
  readonly bytes: Buffer;
  /** Bytes from the start of the text. */
  readonly offset: number;
  /** Line of its first byte, from 1. */
  readonly line: number;
}

export type DamageKind =
  | "empty"
  | "truncated"
  | "unexpected"
  | "bracket"
  | "line-break-in-string"
  | "comma-missing"
  | "comma-extra"
  | "trailing-text"
  | "second-document"
  | "too-long"
  | "record-within";

/** A place that is not JSON, and the stretch of text that could not be read because of it. */
export interface Damage {
  readonly kind: DamageKind;
  /** Where the stretch begins, in bytes from the start of the text. */
  readonly offset: number;
  readonly line: number;
  /** The unreadable bytes; empty where the structure was clear in spite of the damage. */
  readonly bytes: Buffer;
  /** Whether these bytes go on from the damage reported before: a long stretch comes in parts. */
  readonly continued: boolean;
  /** How many rows it cost: none, one that begins and ends where rows do, or null for any number of them. */
  readonly rows: 0 | 1 | null;
}

export interface Visitor {
  /** Asked as each value of the walked structure begins; `opens` is its first byte. */
  value(path: readonly Level[], opens: number): Disposition;
  taken(path: readonly Level[], taken: Taken): void;
  /**
   * Asked before an object that is to be taken is scanned: whether it can be read in one go.
   * @returns where it ends, and how many lines it goes over; `cut` where it may go on behind the window; null to have
   *   it scanned
   */
  express?(path: readonly Level[], window: Buffer, at: number): { end: number; lines: number } | "cut" | null;
  /** The object that was read in one go is whole, and stands where it seems to stand. */
  expressed?(path: readonly Level[], where: Pick<Taken, "offset" | "line">): void;
  damaged(path: readonly Level[], damage: Damage): void;
}

/** Redis holds no value longer than this (`proto-max-bulk-len`), so no longer row is worth its memory. In bytes. */
export const longestRow = 512 * 1024 * 1024;

/** Only so many characters of a line's indentation are looked at. */
const longestIndent = 256;

/** How far a row whose lines look wrong is read on, in the hope that it is whole all the same. In bytes. */
const longestDoubt = 16 * 1024 * 1024;

/**
 * How many brackets may be open where a line looks wrong, in that hope. Rows that all lack their end stand each within
 * the one before: were they read on to the end of the file, so would each of them be.
 */
const deepestDoubt = 32;

/**
 * An object that is cut off by the window's end is read anew with more behind it, if no longer than this: what `split-into-rows.ts`
 * keeps room for. In bytes.
 */
export const longestCut = 256 * 1024;

/** A damaged stretch is handed over in parts of at most about this many bytes. */
const longestPart = 1024 * 1024;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/** What the scanner stands before, or within. */
type State =
  | "value"
  | "value-or-end"
  | "name"
  | "name-or-end"
  | "in-name"
  | "colon"
  | "after"
  | "done"
  | "inside"
  | "inside-string"
  | "string"
  | "string-end"
  | "scalar"
  | "lost";

/** What a byte outside of strings means: 0 illegal, 1 no structure, 2 structure. */
const meaning = new Uint8Array(256);
for (const character of " \t\r0123456789+-.eE,:truefalsn") meaning[character.charCodeAt(0)] = 1;
for (const character of '\n"[]{}') meaning[character.charCodeAt(0)] = 2;

interface Frame {
  readonly array: boolean;
  index: number;
  name: string;
  readonly adopted: boolean;
  /** White space at the start of the line on which its bracket stands. */
  readonly indent: string;
  /** White space before the first child; null until known, or where the child shares its line. */
  childIndent: string | null;
}

const nothing = Buffer.alloc(0);

/** Rows known by their indentation alone, for when the levels around them are lost. */
export interface TidyRow {
  readonly indent: string;
  /** How many levels are around a row, each indented by an equal share. The innermost is an array. */
  readonly depth: number;
  /** Whether the file may be indented in other steps: then its outermost level is asked first. */
  readonly unsure: boolean;
}

export class Scanner {
  readonly #visitor: Visitor;
  readonly #tidyRow: TidyRow | null;
  readonly #layouts: Layouts | null;
  readonly #longest: number;
  readonly #frames: Frame[] = [];
  #state: State = "value";

  /** What is in hand: what must be kept of earlier chunks, and the current one. */
  #window: Buffer = nothing;
  /** Whether the window's memory is our own, with room behind it, and how much of it is filled. */
  #room: Buffer | null = null;
  /** Offset of the window's first byte in the text. */
  #base = 0;
  /** The byte to look at next, and the first byte still needed: both positions in the window. */
  #at = 0;
  #keep = 0;

  #line = 1;
  /** White space that began the current line, and whether anything else came since. */
  #indent = "";
  #lineBegun = false;
  #sawText = false;
  /** White space before the name or text in hand, null where that does not begin its line. */
  #before: string | null = null;

  #disposition: Disposition = "skip";
  #valueOffset = 0;
  #valueLine = 1;
  /** Brackets open within a taken or skipped value: 1 for an object, 0 for an array. */
  #stack = new Uint8Array(256);
  #depth = 0;
  #escaped = false;
  /** Follows a value in a text whose lines do not tell where it ends. */
  #walk: Walk | null = null;
  /** Position in the window of the first line that looks as if it were no part of this value; -1 for none. */
  #doubt = -1;
  /** Whether a line since then looks like the next row's first. */
  #sawRow = false;
  /** Whether the next step needs more bytes than there are. */
  #stalled = false;
  /** Position of the next line feed in the window, -1 when to be looked for. */
  #nextLineFeed = -1;
  /** Offset of the object that waited for more bytes, to be read in one go: each does so once. */
  #waited = -1;
  #ended = false;

  #lost: {
    kind: DamageKind;
    offset: number;
    line: number;
    continued: boolean;
    /** Whether it begins where a row begins. */
    row: boolean;
    /** Whether its end may yet be told. */
    seeksEnd: boolean;
  } | null = null;
  /** Whether the value in hand is too long to be kept: it is followed to its end, and what was lost of it goes on. */
  #abandoned = false;
  /** Where reading last went on behind damage: lost there again, it looks further on, so that it comes to an end. */
  #resumedAt = -1;
  /** While lost in a text without lines that would tell: looks for the way back. */
  #resync: Resync | null = null;
  /** While lost: the white space of the line that has just begun, null in the midst of a line. */
  #lostIndent: string | null = null;

  /**
   * @param tidyRow where rows stand in files that a known program wrote: their indentation, and the names of the
   *   levels around them as far as they are known without having been read. While lost, it is believed.
   * @param layouts where rows stand, to find the next one behind damage where no indentation tells; null to look for none
   * @param longest how long a value may be that is taken, in bytes
   */
  constructor(
    visitor: Visitor,
    tidyRow: TidyRow | null = null,
    layouts: Layouts | null = null,
    longest: number = longestRow,
  ) {
    this.#longest = longest;
    this.#visitor = visitor;
    this.#layouts = layouts;
    this.#tidyRow = tidyRow;
  }

  /** Where the scanner is: bytes from the start of the text, and line. */
  get position(): { readonly offset: number; readonly line: number } {
    return { offset: this.#base + this.#at, line: this.#line };
  }

  /**
   * Scans the next chunk, which must not be written to before the one after it is scanned.
   * @param headroom how many bytes of the chunk's memory before it are free, for what is kept of earlier chunks
   */
  write(chunk: Buffer, headroom = 0): void {
    this.#append(chunk, headroom);
    this.#run();
    while (this.#doubt >= 0 && this.#window.length - this.#doubt > longestDoubt) {
      this.#loseValue("bracket");
      this.#run();
    }
    if (this.#abandoned) this.#shedAbandoned(this.#at);
    else if (!this.#retains) this.#keep = this.#needed;
    if (this.#window.length - this.#keep <= this.#longest) return;
    if (this.#state !== "lost") this.#abandon();
    else this.#resync?.giveUp();
  }

  #run(): void {
    this.#stalled = false;
    while (this.#at < this.#window.length && !this.#stalled) this.#step();
  }

  /** Says that the text has ended; whatever is open then is damage. */
  end(): void {
    this.#ended = true;
    if (this.#resync !== null) this.#at = this.#keep;
    this.#run();
    if (this.#state === "scalar" && this.#frames.length === 0) this.#finish(this.#at);
    if (this.#state === "string-end") this.#finish(this.#at);
    while (this.#state !== "done") {
      // Of levels that were lost nobody knows how many ends they lack.
      if (this.#frames[0]?.adopted && !this.#retains && this.#state !== "lost") return;
      if (this.#doubt >= 0) this.#loseValue("bracket");
      else if (this.#state !== "lost") this.#loseRest();
      // A row that swallowed others, for want of its own end, gives them back.
      this.#run();
      if (this.#state === "lost") this.#found(this.#window.length);
    }
  }

  /** The text has ended in the midst of something. */
  #loseRest(): void {
    const kind = this.#sawText ? "truncated" : "empty";
    if (this.#retains && this.#state !== "in-name") return this.#loseValue(kind);
    this.#lose(kind, this.#retains ? this.#keep : this.#at);
  }

  /** Whether bytes from `#keep` on are still needed. */
  get #retains(): boolean {
    const state = this.#state;
    if (state === "in-name" || state === "lost") return true;
    return (this.#disposition === "take" || this.#mayBeName) && isWithin(state);
  }

  /** The first byte that is needed of a value that is passed by: where its last string began. */
  get #needed(): number {
    if (this.#walk === null || this.#state !== "inside") return this.#at;
    return this.#walk.string < this.#base + this.#keep ? this.#at : this.#walk.string - this.#base;
  }

  get #top(): Frame | undefined {
    return this.#frames.at(-1);
  }

  /** Puts a chunk behind what is kept, copying as little as a row that spans chunks needs. */
  #append(chunk: Buffer, headroom: number): void {
    const kept = this.#window.length - this.#keep;
    this.#nextLineFeed = -1;
    if (kept === 0) {
      this.#base += this.#window.length;
      this.#window = chunk;
      this.#room = null;
      this.#at = 0;
      this.#keep = 0;
      return;
    }
    if (kept <= headroom) {
      const window = Buffer.from(chunk.buffer, chunk.byteOffset - kept, kept + chunk.length);
      this.#window.copy(window, 0, this.#keep);
      return this.#moveTo(window, null);
    }
    const used = this.#window.length;
    if (this.#room !== null && this.#room.length - used >= chunk.length) {
      chunk.copy(this.#room, used);
      this.#window = this.#room.subarray(0, used + chunk.length);
      return;
    }
    // A row longer than a chunk gets room to double in, so that its bytes are copied twice at most.
    const needed = kept + chunk.length;
    const room = Buffer.allocUnsafeSlow(kept > chunk.length ? needed * 2 : needed);
    this.#window.copy(room, 0, this.#keep);
    chunk.copy(room, kept);
    this.#moveTo(room.subarray(0, needed), room);
  }

  /** Goes on in a window that begins with what was kept of the last one. */
  #moveTo(window: Buffer, room: Buffer | null): void {
    this.#base += this.#keep;
    this.#at -= this.#keep;
    if (this.#doubt >= 0) this.#doubt -= this.#keep;
    this.#keep = 0;
    this.#room = room;
    this.#window = window;
  }

  #step(): void {
    switch (this.#state) {
      case "inside":
        return this.#walk === null ? this.#stepInside() : this.#stepWalk(this.#walk);
      case "string-end":
        return this.#stepStringEnd();
      case "inside-string":
      case "string":
      case "in-name":
        return this.#stepString();
      case "scalar":
        return this.#stepScalar();
      case "lost":
        return this.#stepLost();
      default:
        return this.#stepStructure();
    }
  }

  /** One byte of the walked structure. */
  #stepStructure(): void {
    const byte = this.#window[this.#at] as number;
    if (byte === SPACE || byte === TAB || byte === RETURN) {
      if (!this.#lineBegun && byte !== RETURN) this.#indent = longer(this.#indent, byte);
      this.#at += 1;
      return;
    }
    if (byte === LINE_FEED) {
      this.#newLine();
      this.#at += 1;
      return;
    }
    this.#sawText = true;
    switch (this.#state) {
      case "value-or-end":
        if (byte === BRACKET_CLOSE) return this.#close(byte);
        return this.#begin(byte);
      case "value":
        return this.#begin(byte);
      case "name-or-end":
        if (byte === BRACE_CLOSE) return this.#close(byte);
        return this.#beginName(byte);
      case "name":
        return this.#beginName(byte);
      case "colon":
        if (byte !== COLON) return this.#lose("unexpected", this.#at);
        this.#state = "value";
        this.#advance();
        return;
      case "after":
        return this.#afterValue(byte);
      default:
        return this.#afterDocument(byte);
    }
  }

  /** Passes one byte that is not white space. */
  #advance(): void {
    this.#lineBegun = true;
    this.#at += 1;
  }

  #newLine(): void {
    this.#line += 1;
    this.#indent = "";
    this.#lineBegun = false;
  }

  #begin(byte: number): void {
    const top = this.#top;
    if (!startsValue(byte)) {
      const closesEarly = this.#state === "value" && top?.array === true;
      if (closesEarly && (byte === BRACKET_CLOSE || byte === COMMA)) {
        this.#note("comma-extra");
        if (byte === BRACKET_CLOSE) return this.#close(byte);
        return this.#advance();
      }
      return this.#lose("unexpected", this.#at);
    }
    if (top?.array) {
      this.#learnIndent(top);
      top.index += 1;
    }
    this.#before = this.#lineBegun ? null : this.#indent;
    this.#disposition = this.#visitor.value(this.#frames, byte);
    this.#valueOffset = this.#base + this.#at;
    this.#valueLine = this.#line;
    this.#keep = this.#at;
    if (byte === BRACE_OPEN && this.#disposition === "take" && this.#express()) return;
    const opens = byte === BRACE_OPEN || byte === BRACKET_OPEN;
    if (opens && this.#disposition === "enter") {
      const array = byte === BRACKET_OPEN;
      this.#frames.push({
        array,
        index: -1,
        name: "",
        adopted: false,
        indent: this.#indent,
        childIndent: null,
      });
      this.#state = array ? "value-or-end" : "name-or-end";
      return this.#advance();
    }
    if (opens) {
      this.#depth = 0;
      this.#doubt = -1;
      this.#sawRow = false;
      this.#walk = this.#layouts === null || (top !== undefined && isIndented(top)) ? null : this.#newWalk();
      this.#state = "inside";
      return;
    }
    this.#escaped = false;
    this.#state = byte === QUOTE ? "string" : "scalar";
    this.#advance();
  }

  /** Passes an object that could be read in one go, or waits for the rest of it. @returns whether it does either */
  #express(): boolean {
    const read = this.#visitor.express?.(this.#frames, this.#window, this.#at) ?? null;
    if (read === null) return false;
    if (read === "cut") return this.#waits();
    const top = this.#top;
    const indented = read.lines > 0 && top !== undefined && isIndented(top);
    // One that took in others, for want of its own end, does not end where a row ends: see `#finish`.
    if (indented && !this.#standsAlone(read.end - 1, top.childIndent)) return false;
    this.#visitor.expressed?.(this.#frames, { offset: this.#valueOffset, line: this.#valueLine });
    this.#line += read.lines;
    this.#at = read.end;
    this.#lineBegun = true;
    this.#state = this.#frames.length === 0 ? "done" : "after";
    return true;
  }

  /** Waits for more bytes before the object that begins here, once, if there may be any. @returns whether it does */
  #waits(): boolean {
    if (this.#ended || this.#waited === this.#valueOffset) return false;
    if (this.#window.length - this.#at > longestCut) return false;
    this.#waited = this.#valueOffset;
    this.#stalled = true;
    const top = this.#top;
    // It has not begun, for what is counted.
    if (top?.array) top.index -= 1;
    return true;
  }

  /** Whether nothing but this white space stands before a position on its line. */
  #standsAlone(at: number, indent: string): boolean {
    const from = at - indent.length;
    if (from < 1 || this.#window[from - 1] !== LINE_FEED) return false;
    return this.#window.toString("latin1", from, at) === indent;
  }

  #beginName(byte: number): void {
    const top = this.#top as Frame;
    if (byte === BRACE_CLOSE) {
      this.#note("comma-extra");
      return this.#close(byte);
    }
    if (byte !== QUOTE) return this.#lose("unexpected", this.#at);
    this.#learnIndent(top);
    top.index += 1;
    this.#before = this.#lineBegun ? null : this.#indent;
    this.#keep = this.#at;
    this.#escaped = false;
    this.#state = "in-name";
    this.#advance();
  }

  #learnIndent(frame: Frame): void {
    if (frame.index < 0 && !this.#lineBegun) frame.childIndent = this.#indent;
  }

  #afterValue(byte: number): void {
    const top = this.#top as Frame;
    if (byte === COMMA) {
      this.#state = top.array ? "value" : "name";
      return this.#advance();
    }
    if (byte === BRACKET_CLOSE || byte === BRACE_CLOSE) return this.#close(byte);
    if (top.array ? startsContainer(byte) : byte === QUOTE) {
      // A line that is indented as another level belongs there: it is not a comma that is missing.
      if (isIndented(top) && (this.#lineBegun || this.#indent !== top.childIndent)) {
        return this.#lose("bracket", this.#at);
      }
      this.#note("comma-missing");
      this.#state = top.array ? "value" : "name";
      return;
    }
    this.#lose("unexpected", this.#at);
  }

  #afterDocument(byte: number): void {
    if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
      this.#note("second-document");
      this.#state = "value";
      return;
    }
    this.#lose("trailing-text", this.#at);
  }

  /** Closes the innermost level, or, where a bracket was left out, the nearest that fits. */
  #close(byte: number): void {
    const array = byte === BRACKET_CLOSE;
    const top = this.#top;
    if (
      top !== undefined &&
      isIndented(top) &&
      !this.#lineBegun &&
      this.#indent.length > top.childIndent.length
    ) {
      // It stands deeper than what it would close: it belongs to a row whose beginning is lost.
      return this.#lose("bracket", this.#at);
    }
    if (this.#top?.array !== array) {
      if (this.#frames.some(isIndented)) return this.#lose("bracket", this.#at);
      const fits = this.#frames.findLastIndex((frame) => frame.array === array);
      if (fits < 0) return this.#lose("bracket", this.#at);
      this.#note("bracket");
      this.#frames.length = fits + 1;
    }
    this.#frames.pop();
    this.#state = this.#frames.length === 0 ? "done" : "after";
    this.#advance();
  }

  /** Runs through a taken or skipped container: this is where nearly all time is spent. */
  #stepInside(): void {
    const window = this.#window;
    const end = window.length;
    const top = this.#top;
    const tidy = top !== undefined && isIndented(top) ? top.childIndent : null;
    let at = this.#at;
    while (at < end) {
      const byte = window[at] as number;
      const means = meaning[byte];
      if (means === 1) {
        at += 1;
        continue;
      }
      if (means === 0) {
        this.#at = at;
        if (tidy !== null) return this.#loseValue("unexpected");
        // Without lines to go by, matching brackets is the best way to the row's end; decoding will reject it.
        at += 1;
        continue;
      }
      at += 1;
      if (byte === LINE_FEED) {
        if (tidy !== null && this.#disposition === "take") {
          const looks = this.#lookAtLine(at, tidy);
          if (looks === "unknown") {
            this.#at = at - 1;
            this.#stalled = true;
            return;
          }
          if (looks !== "right") {
            if (this.#depth > deepestDoubt) return this.#loseValue("bracket");
            if (this.#doubt < 0) this.#doubt = at;
          }
          this.#sawRow ||= looks === "row";
        }
        this.#line += 1;
      } else if (byte === QUOTE) {
        this.#escaped = false;
        this.#state = "inside-string";
        this.#at = at;
        return;
      } else if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
        this.#push(byte === BRACE_OPEN ? 1 : 0);
      } else {
        this.#depth -= 1;
        if (this.#stack[this.#depth] !== (byte === BRACE_CLOSE ? 1 : 0)) {
          this.#at = at - 1;
          return this.#loseValue("bracket");
        }
        if (this.#depth === 0) return this.#finish(at);
      }
    }
    this.#at = at;
  }

  #newWalk(): Walk {
    const takes = this.#disposition === "take";
    return new Walk({
      ...(takes && this.#top?.array === false ? { isNext: this.#isNext } : {}),
      // Of what is too long to be kept the beginning is gone.
      isRow: (from, to) =>
        takes &&
        from >= this.#base &&
        kindOfRow(this.#window.subarray(from - this.#base, to - this.#base)) !== null,
    });
  }

  /** Whether a member of the value in hand would be a row if it stood beside it. */
  readonly #isNext: NonNullable<WalkOptions["isNext"]> = (name, from, to) => {
    if (name.from < this.#base) return false;
    const text = parseName(this.#window.toString("utf8", name.from - this.#base, name.to - this.#base));
    const { index } = this.#top as Frame;
    const beside = [...this.#frames.slice(0, -1), { array: false, index: index + 1, name: text ?? "" }];
    return this.#layouts?.isRow(beside, this.#window.subarray(from - this.#base, to - this.#base)) ?? false;
  };

  /** Whether a value that is whole holds a row, for want of its own end. */
  #holdsNext(end: number): boolean {
    if (this.#layouts === null || this.#top?.array !== false) return false;
    const walk = new Walk({ isRow: () => false, isNext: this.#isNext });
    walk.feed(this.#window.subarray(0, end), this.#base, this.#keep);
    return walk.next !== null;
  }

  /** Follows a value in a text whose lines do not tell where it ends. */
  #stepWalk(walk: Walk): void {
    const from = this.#at;
    const outcome = walk.feed(this.#window, this.#base, from);
    this.#at = walk.at;
    this.#countLines(from, this.#at);
    if (outcome === "whole") return this.#finish(this.#at);
    if (outcome === "broken" && walk.next !== null) this.#loseValue("record-within", walk.next);
    else if (outcome === "broken") this.#loseWalk(walk);
  }

  /** A value is broken. What was lost with a quote may be within what seems to be its last string. */
  #loseWalk(walk: Walk): void {
    const at = this.#base + this.#at;
    const byte = this.#window[this.#at];
    const bracket =
      byte !== undefined && (startsContainer(byte) || byte === BRACE_CLOSE || byte === BRACKET_CLOSE);
    const kind = this.#ended && byte === undefined ? "truncated" : bracket ? "bracket" : "unexpected";
    const string = walk.string > this.#valueOffset ? walk.string : null;
    const from = walk.inner ?? (string === null ? Math.max(at, this.#valueOffset + 1) : string + 1);
    if (this.#disposition === "take") return this.#loseValue(kind, from);
    const start = Math.max(string ?? at, this.#base + this.#keep);
    const lines = countLineFeeds(this.#window.subarray(start - this.#base, this.#at));
    this.#lose(kind, start - this.#base, this.#line - lines, Math.max(from, start));
    this.#line -= lines;
  }

  #countLines(from: number, to: number): void {
    this.#line += countLineFeeds(this.#window.subarray(from, to));
  }

  /**
   * Whether a line within a value is indented deeper than the value itself, or is its end, as in all files that a
   * program wrote. One that is not, may show that the value's end is missing: whether so, its parsing will tell.
   */
  #lookAtLine(from: number, indent: string): "right" | "wrong" | "row" | "unknown" {
    const window = this.#window;
    for (let at = from; at <= from + indent.length; at += 1) {
      const byte = window[at];
      if (byte === undefined) return "unknown";
      if (byte === SPACE || byte === TAB) continue;
      if (byte === LINE_FEED || byte === RETURN) return "right";
      if (at < from + indent.length) return "wrong";
      if (byte === BRACE_OPEN) return "row";
      return this.#depth === 1 && (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) ? "right" : "wrong";
    }
    return "right";
  }

  /** Whether the value's last byte stands on a line that is indented as its first. */
  #endsTidily(bytes: Buffer): boolean {
    const line = bytes.toString("latin1", bytes.lastIndexOf(LINE_FEED) + 1, bytes.length - 1);
    return line === this.#top?.childIndent;
  }

  #push(bracket: 0 | 1): void {
    if (this.#depth === this.#stack.length) {
      const grown = new Uint8Array(this.#stack.length * 2);
      grown.set(this.#stack);
      this.#stack = grown;
    }
    this.#stack[this.#depth] = bracket;
    this.#depth += 1;
  }

  /** Runs to the end of a string; a line feed can only stand in one where its closing quote was lost. */
  #stepString(): void {
    const window = this.#window;
    const from = this.#at;
    const quote = this.#closingQuote(this.#escaped ? from + 1 : from);
    const end = quote < 0 ? window.length : quote;
    if (this.#nextLineFeed < from) {
      const found = window.indexOf(LINE_FEED, from);
      this.#nextLineFeed = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    if (this.#nextLineFeed < end) {
      this.#at = this.#nextLineFeed;
      if (this.#state === "in-name") return this.#lose("line-break-in-string", this.#keep);
      return this.#loseValue("line-break-in-string");
    }
    if (quote < 0) {
      this.#at = window.length;
      return;
    }
    this.#at = quote + 1;
    if (this.#state === "inside-string") this.#state = "inside";
    else if (this.#state === "in-name") this.#finishName();
    else if (this.#mayBeName || (this.#layouts !== null && this.#top?.array && this.#disposition === "take"))
      this.#state = "string-end";
    else this.#finish(quote + 1);
  }

  /** Whether a text in place of the file or of a set may be the first name in it: then its opening bracket is missing. */
  get #mayBeName(): boolean {
    if (this.#layouts === null || this.#frames.length > 1) return false;
    return this.#top === undefined || isSet(this.#top);
  }

  /** A text among rows is one of the values there, unless a colon shows that it is a name, and a row's end came too early. */
  #stepStringEnd(): void {
    let next = this.#at;
    while (next < this.#window.length && isWhite(this.#window[next] as number)) next += 1;
    if (next === this.#window.length && !this.#ended) {
      this.#stalled = true;
      return;
    }
    const top = this.#top;
    const known =
      top !== undefined ||
      inRoot.test(this.#window.toString("latin1", this.#keep, Math.min(this.#at, this.#keep + longestName)));
    if (this.#window[next] !== COLON || !known) return this.#finish(this.#at);
    if (!top?.array) {
      this.#note("bracket");
      this.#pushUnopened();
      return this.#finishName();
    }
    top.index -= 1;
    // Its line is that of a row's member: the row's own, which is missing, was half as deep.
    if (top.index < 0 && isIndented(top))
      top.childIndent = top.childIndent.slice(0, (top.indent.length + top.childIndent.length) / 2);
    this.#lose("unexpected", this.#keep);
  }

  /** Stands in for an object whose opening bracket is missing, and whose first name is in hand. */
  #pushUnopened(): void {
    const indent = this.#top?.childIndent ?? "";
    const childIndent = this.#before;
    this.#frames.push({ ...adoptedFrame(false), index: 0, adopted: false, indent, childIndent });
  }

  /** Position of the next quote that is not escaped, from `from` on; -1 when it is not in the window. */
  #closingQuote(from: number): number {
    const window = this.#window;
    let at = from;
    this.#escaped = false;
    for (;;) {
      const quote = window.indexOf(QUOTE, at);
      const end = quote < 0 ? window.length : quote;
      let slash = end;
      while (slash > at && window[slash - 1] === BACKSLASH) slash -= 1;
      const odd = (end - slash) % 2 === 1;
      if (quote < 0) {
        this.#escaped = odd;
        return -1;
      }
      if (!odd) return quote;
      at = quote + 1;
    }
  }

  #finishName(): void {
    const raw = this.#window.toString("utf8", this.#keep, this.#at);
    const name = parseName(raw);
    if (name === null) return this.#lose("unexpected", this.#keep);
    this.#settleLevels(name);
    (this.#top as Frame).name = name;
    this.#state = "colon";
  }

  /**
   * A set that seems to stand within another object stands beside it, where its line or a damaged file tells so; rows that
   * seem to stand beside sets stand within one, where their line does.
   */
  #settleLevels(name: string): void {
    const [root, set, ...deeper] = this.#frames;
    if (root === undefined || this.#layouts === null) return;
    if (
      set === undefined &&
      name === "rows" &&
      isIndented(root) &&
      (this.#before ?? "").length > root.childIndent.length
    ) {
      // The line of the set, its name and its opening bracket, is missing.
      this.#note("bracket");
      root.name = "";
      return this.#pushUnopened();
    }
    // Within the other of our sets it is read as it stands.
    if (set === undefined || isSet(root) || !isSet({ array: root.array, name })) return;
    const byLine = isIndented(root) && this.#before === root.childIndent;
    const bySet = this.#layouts.damaged && !set.array && (set.name === "rows" || set.name === "name");
    if (!byLine && (!bySet || deeper.length > 0)) return;
    this.#note("bracket");
    this.#frames.length = 1;
    root.index += 1;
  }

  /** Runs to the end of a number or literal. */
  #stepScalar(): void {
    const window = this.#window;
    let at = this.#at;
    while (at < window.length && !endsScalar(window[at] as number)) at += 1;
    this.#at = at;
    if (at < window.length) this.#finish(at);
  }

  /** A taken or skipped value ends before `end`. */
  #finish(end: number): void {
    if (this.#abandoned) this.#endAbandoned(end);
    const bytes = this.#window.subarray(this.#keep, end);
    if (this.#doubt >= 0) {
      // A row that took in others may even parse, but then it does not end where a row ends.
      if (!parses(bytes) || (this.#sawRow && !this.#endsTidily(bytes))) return this.#loseValue("bracket");
      if (this.#holdsNext(end)) return this.#loseValue("record-within");
      this.#doubt = -1;
    }
    this.#at = end;
    this.#lineBegun = true;
    this.#state = this.#frames.length === 0 ? "done" : "after";
    if (this.#disposition !== "take") return;
    this.#visitor.taken(this.#frames, { bytes, offset: this.#valueOffset, line: this.#valueLine });
  }

  /** Reports damage that cost no text. */
  #note(kind: DamageKind): void {
    const offset = this.#base + this.#at;
    this.#visitor.damaged(this.#frames, {
      kind,
      offset,
      line: this.#line,
      bytes: nothing,
      continued: false,
      rows: 0,
    });
  }

  /** A value that was begun is broken: all of it is lost, from its first byte when it was being taken. */
  #loseValue(kind: DamageKind, lookFrom?: number): void {
    this.#doubt = -1;
    if (this.#disposition !== "take") return this.#lose(kind, this.#at);
    this.#line = this.#valueLine;
    this.#lose(kind, this.#keep, this.#valueLine, lookFrom);
    if (this.#lost === null) return;
    this.#lost.row = true;
    this.#lost.seeksEnd = kind !== "too-long" && kind !== "record-within" && this.#walk?.inner === null;
  }

  /** From position `from` on, looks for what says where in the structure we are; from `lookFrom` on, where that is not a line. */
  #lose(
    kind: DamageKind,
    from: number,
    line: number = this.#line,
    lookFrom: number = this.#base + from,
  ): void {
    if (this.#abandoned) this.#endAbandoned(from);
    this.#lost = { kind, offset: this.#base + from, line, continued: false, row: false, seeksEnd: false };
    // What begins its line may itself be what says where we are; the value that is lost does not.
    const begins = !isWithin(this.#state) && this.#state !== "in-name" && !this.#lineBegun;
    this.#lostIndent = begins ? this.#indent : null;
    this.#resync = this.#newResync(Math.max(lookFrom, this.#resumedAt + 1));
    this.#keep = from;
    this.#at = from;
    this.#state = "lost";
  }

  #newResync(from: number): Resync | null {
    if (this.#layouts === null || this.#frames.some(isIndented)) return null;
    const tidy = this.#tidyRow;
    const trusted = tidy !== null && (!tidy.unsure || this.#frames.length === 0);
    const { byId, idUnder } = this.#layouts;
    return new Resync({ byId, idUnder, tidyIndent: trusted ? tidy.indent : null }, from);
  }

  /** Looks for the next row or set, where lines do not tell. */
  #stepResync(resync: Resync): void {
    if (this.#lost?.row && this.#lost.seeksEnd) {
      const ends = this.#endsCertainly();
      if (ends) return;
      this.#stalled = ends === null;
      if (ends === null) return;
      this.#lost.seeksEnd = false;
    }
    const found = resync.look(this.#window, this.#base, this.#base + this.#keep, this.#ended);
    if (found !== null) return this.#goOn(found);
    this.#stalled = true;
    if (this.#ended) {
      this.#at = this.#window.length;
      return;
    }
    this.#at = Math.max(this.#keep, Math.min(resync.needs - this.#base, this.#window.length));
    this.#shedLost();
  }

  #goOn(found: Found): void {
    if (found.what === "tidy-row") {
      this.#at = found.at - this.#base;
      this.#indent = this.#tidyRow?.indent ?? "";
      this.#adopt(BRACE_OPEN, this.#indent);
      return;
    }
    this.#resumedAt = found.opens;
    const fits = this.#takes(found);
    const at = found.at - this.#base;
    this.#found(at, found.at === this.#walk?.next ? 1 : null);
    this.#at = at;
    this.#indent = "";
    this.#lineBegun = true;
    if (found.what === "set") {
      this.#frames.length = Math.min(this.#frames.length, 1);
      if (this.#top?.array !== false) this.#frames.splice(0, 1, adoptedFrame(false));
      this.#state = "name";
      return;
    }
    if (!fits) this.#adoptLevels(found);
    this.#state = this.#top?.array === false ? "name" : "value";
  }

  /** Stands in for the levels around a row that is none of those among which the damage is. */
  #adoptLevels({ what, kind }: Found): void {
    const rooted = this.#frames[0]?.array === false || what === "named-row";
    const root = adoptedFrame(false, kind === null ? "" : setOf[kind]);
    const rows = adoptedFrame(what !== "named-row");
    this.#frames.splice(0, this.#frames.length, ...(rooted ? [root, rows] : [rows]));
  }

  /** Whether what was found is one of the rows among which the damage is. */
  #takes({ what, kind }: Found): boolean {
    const named = this.#top?.array === false;
    if (what === "set" || kind === null || named !== (what === "named-row")) return false;
    return this.#layouts?.takes(this.#frames, kind) ?? false;
  }

  /** Goes on behind the lost row, if it ends for certain. @returns null where more bytes must tell */
  #endsCertainly(): boolean | null {
    const lost = this.#window.subarray(this.#keep, this.#keep + longestPart);
    const named = this.#top?.array === false;
    const idUnder = named ? (this.#layouts?.idUnder ?? null) : null;
    const end = certainEnd(lost, idUnder, this.#ended || lost.length === longestPart);
    if (end === "more") return null;
    if (end === "none" || (named && this.#holdsRow(end))) return false;
    const to = this.#keep + end;
    this.#found(to, 1);
    this.#at = to;
    this.#indent = "";
    this.#lineBegun = true;
    this.#state = this.#frames.length === 0 ? "done" : "after";
    return true;
  }

  /** Whether a row stands in so many bytes of what is lost: among records by id it would look like any field. */
  #holdsRow(length: number): boolean {
    const from = this.#base + this.#keep;
    const within = this.#newResync(from + 1);
    return within?.look(this.#window.subarray(0, this.#keep + length), this.#base, from, true) != null;
  }

  #stepLost(): void {
    if (this.#resync !== null) return this.#stepResync(this.#resync);
    const window = this.#window;
    if (this.#lostIndent === null) {
      const lineFeed = window.indexOf(LINE_FEED, this.#at);
      this.#at = lineFeed < 0 ? window.length : lineFeed + 1;
      if (lineFeed >= 0) {
        this.#newLine();
        this.#lostIndent = "";
      }
      return this.#shedLost();
    }
    while (this.#at < window.length) {
      const byte = window[this.#at] as number;
      if (byte === SPACE || byte === TAB) {
        this.#lostIndent = longer(this.#lostIndent, byte);
      } else if (byte === LINE_FEED) {
        this.#newLine();
        this.#lostIndent = "";
      } else if (byte !== RETURN) {
        this.#indent = this.#lostIndent;
        if (!this.#resume(byte, this.#indent)) this.#lostIndent = null;
        return;
      }
      this.#at += 1;
    }
  }

  /** Goes on from a line whose indentation and first byte tell for certain which level it belongs to. */
  #resume(byte: number, indent: string): boolean {
    for (let at = this.#frames.length - 1; at >= 0; at -= 1) {
      const frame = this.#frames[at] as Frame;
      if (!isIndented(frame)) continue;
      const child = indent === frame.childIndent && (frame.array ? startsContainer(byte) : byte === QUOTE);
      const closer = indent === frame.indent && byte === (frame.array ? BRACKET_CLOSE : BRACE_CLOSE);
      if (!child && !closer) continue;
      this.#found(this.#at);
      this.#frames.length = at + 1;
      this.#lineBegun = false;
      this.#state = closer ? "after" : frame.array ? "value" : "name";
      return true;
    }
    return this.#adopt(byte, indent);
  }

  /** Goes on with a row whose line is that of a row, though the names of the levels around it are lost. */
  #adopt(byte: number, indent: string): boolean {
    const tidy = this.#tidyRow;
    if (tidy === null || byte !== BRACE_OPEN || indent !== tidy.indent) return false;
    const [root] = this.#frames;
    const step = indent.slice(0, indent.length / tidy.depth);
    if (tidy.unsure && root !== undefined && root.childIndent !== step) return false;
    this.#found(this.#at);
    this.#frames.length = 0;
    for (let level = 0; level < tidy.depth; level += 1) {
      const [outer, inner] = [level, level + 1].map((share) =>
        indent.slice(0, (indent.length * share) / tidy.depth),
      );
      const array = level === tidy.depth - 1;
      this.#frames.push({
        array,
        index: array ? -1 : 0,
        name: "",
        adopted: true,
        indent: outer ?? "",
        childIndent: inner ?? "",
      });
    }
    this.#lineBegun = false;
    this.#state = "value";
    return true;
  }

  /** Reports the lost stretch, which ends before `end`. @param rows how many it cost, where that is certain */
  #found(end: number, rows: 1 | null = null): void {
    if (this.#lost === null) return;
    if (this.#resync !== null) this.#countLines(this.#keep, end);
    this.#reportLost(trimEnd(this.#window.subarray(this.#keep, end)), rows);
    this.#lost = null;
    this.#resync = null;
    this.#keep = end;
    this.#state = "done";
  }

  #reportLost(bytes: Buffer, known: 1 | null = null): void {
    if (this.#lost === null) return;
    const { kind, offset, line, continued, row } = this.#lost;
    // Lines tell where the next row begins; a text that is cut off has no next row.
    const certain = row && (this.#resync === null || (kind === "truncated" && this.#ended));
    const rows = certain ? 1 : known;
    this.#visitor.damaged(this.#frames, { kind, offset, line, bytes, continued, rows });
    this.#lost = {
      kind,
      offset: offset + bytes.length,
      line: this.#line,
      continued: true,
      row,
      seeksEnd: false,
    };
  }

  /** Hands over what is lost so far, once it is long, so that it need not be kept. */
  #shedLost(): void {
    if (this.#at - this.#keep < longestPart) return;
    if (this.#resync !== null) this.#countLines(this.#keep, this.#at);
    this.#reportLost(this.#window.subarray(this.#keep, this.#at));
    this.#keep = this.#at;
  }

  #shedAbandoned(end: number): void {
    while (this.#keep < end) {
      const to = Math.min(end, this.#keep + longestPart);
      this.#reportLost(this.#window.subarray(this.#keep, to));
      this.#keep = to;
    }
  }

  #endAbandoned(end: number): void {
    this.#shedAbandoned(end);
    this.#abandoned = false;
    this.#lost = null;
  }

  /** Gives up a row that has grown longer than Redis could hold. Where no line tells what comes next, its brackets do. */
  #abandon(): void {
    if (isWithin(this.#state) && !this.#frames.some(isIndented)) {
      const [offset, line] = [this.#base + this.#keep, this.#valueLine];
      // What was to be passed by is not lost.
      if (this.#disposition === "take")
        this.#lost = { kind: "too-long", offset, line, continued: false, row: false, seeksEnd: false };
      this.#abandoned = true;
      this.#disposition = "skip";
      this.#doubt = -1;
      return this.#shedAbandoned(this.#at);
    }
    const at = this.#at;
    const line = this.#line;
    this.#lose("too-long", this.#keep, this.#valueLine, this.#base + at);
    this.#line = this.#resync === null ? line : this.#valueLine;
    this.#at = at;
    this.#shedLost();
  }
}

/** Stands for levels that are lost: an object of sets, or an array of rows. */
function adoptedFrame(array: boolean, name = ""): Frame {
  return { array, index: -1, name, adopted: true, indent: "", childIndent: null };
}

/** A name is looked at no further than this. In bytes. */
const longestName = 1024;

/** Names, quotes and all, that stand in the outermost object: of our sets, and Redis keys. */
const inRoot = /^"(?:(?:conversations|keys)"|.*(?:conversations|keys):)/s;

/** Whether the member in hand is one of our sets. */
function isSet({ array, name }: Pick<Frame, "array" | "name">): boolean {
  return !array && Object.values<string>(setOf).includes(name);
}

function isWhite(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN || byte === LINE_FEED;
}

function countLineFeeds(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
}

function isWithin(state: State): boolean {
  return (
    state === "inside" ||
    state === "string-end" ||
    state === "inside-string" ||
    state === "string" ||
    state === "scalar"
  );
}

/** Whether a level's lines can be told from those within and around it. */
function isIndented(frame: Frame): frame is Frame & { childIndent: string } {
  return frame.childIndent !== null && frame.childIndent.length > frame.indent.length;
}

/** Indentation one character longer. Longer than any that tells levels apart, it need not be kept. */
function longer(indent: string, byte: number): string {
  return indent.length < longestIndent ? indent + String.fromCharCode(byte) : indent;
}

function startsContainer(byte: number): boolean {
  return byte === BRACE_OPEN || byte === BRACKET_OPEN;
}

/** Digits, minus, and the first letters of true, false and null. */
function startsValue(byte: number): boolean {
  if (startsContainer(byte) || byte === QUOTE) return true;
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x74 || byte === 0x66 || byte === 0x6e;
}

function endsScalar(byte: number): boolean {
  return (
    byte === COMMA ||
    byte === BRACKET_CLOSE ||
    byte === BRACE_CLOSE ||
    byte === SPACE ||
    byte === LINE_FEED ||
    byte === RETURN ||
    byte === TAB
  );
}

/** Whether bytes are one JSON value, as JSON.parse has it; what is too large for it is left to whoever decodes. */
export function parses(bytes: Buffer): boolean {
  if (lackingHeap([bytes]) !== null) return true;
  try {
    JSON.parse(bytes.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}

function parseName(raw: string): string | null {
  try {
    const name: unknown = JSON.parse(raw);
    return typeof name === "string" ? name : null;
  } catch {
    return null;
  }
}

/** Without the white space at its end. */
export function trimEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && isWhite(bytes[end - 1] as number)) end -= 1;
  return bytes.subarray(0, end);
}
