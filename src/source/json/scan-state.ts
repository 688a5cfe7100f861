import { ByteWindow } from "./byte-window.js";
import type { Walk } from "./grammar.js";
import type { Resync } from "./resync-after-damage.js";
import type { DamageKind, Disposition, Visitor } from "./scanner-visitor.js";
import type { Layouts, TidyRow } from "./where-rows-stand.js";

/** What the scanner stands before, or within. */
export type State =
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

export interface Frame {
  readonly array: boolean;
  index: number;
  name: string;
  readonly adopted: boolean;
  /** White space at the start of the line on which its bracket stands. */
  readonly indent: string;
  /** White space before the first child; null until known, or where the child shares its line. */
  childIndent: string | null;
}

/** The value that was begun last, and is to be taken or skipped. */
export class ValueInHand {
  disposition: Disposition = "skip";
  offset = 0;
  line = 1;
  /** Brackets open within it: 1 for an object, 0 for an array. */
  stack = new Uint8Array(256);
  depth = 0;
  escaped = false;
  /** Follows it in a text whose lines do not tell where it ends. */
  walk: Walk | null = null;
  /** Offset of the first line that looks as if it were no part of this value; -1 for none. */
  doubt = -1;
  /** Whether a line since then looks like the next row's first. */
  sawRow = false;
  /** Whether it is too long to be kept: it is followed to its end, and what was lost of it goes on. */
  abandoned = false;
}

/** What could not be read, as long as it goes on. */
export interface Lost {
  kind: DamageKind;
  offset: number;
  line: number;
  continued: boolean;
  /** Whether it begins where a row begins. */
  row: boolean;
  /** Whether its end may yet be told. */
  seeksEnd: boolean;
}

/** Where the scanner is, and all that it remembers. */
export class Scan {
  readonly visitor: Visitor;
  readonly tidyRow: TidyRow | null;
  readonly layouts: Layouts | null;
  readonly text = new ByteWindow();
  readonly value = new ValueInHand();
  readonly frames: Frame[] = [];
  state: State = "value";
  /** Whether the next step needs more bytes than there are. */
  stalled = false;
  /** Offset of the object that waited for more bytes, to be read in one go: each does so once. */
  waited = -1;

  line = 1;
  /** White space that began the current line, and whether anything else came since. */
  indent = "";
  lineBegun = false;
  sawText = false;
  /** White space before the name or text in hand, null where that does not begin its line. */
  before: string | null = null;

  lost: Lost | null = null;
  /** While lost in a text without lines that would tell: looks for the way back. */
  resync: Resync | null = null;
  /** While lost: the white space of the line that has just begun, null in the midst of a line. */
  lostIndent: string | null = null;

  constructor(visitor: Visitor, tidyRow: TidyRow | null, layouts: Layouts | null) {
    this.visitor = visitor;
    this.tidyRow = tidyRow;
    this.layouts = layouts;
  }

  get top(): Frame | undefined {
    return this.frames.at(-1);
  }
}

/** Passes one byte that is not white space. */
export function advance(scan: Scan): void {
  scan.lineBegun = true;
  scan.text.at += 1;
}

export function newLine(scan: Scan): void {
  scan.line += 1;
  scan.indent = "";
  scan.lineBegun = false;
}

/** Stands for levels that are lost: an object of sets, or an array of rows. */
export function adoptedFrame(array: boolean, name = ""): Frame {
  return { array, index: -1, name, adopted: true, indent: "", childIndent: null };
}

export function isWithin(state: State): boolean {
  return (
    state === "inside" ||
    state === "string-end" ||
    state === "inside-string" ||
    state === "string" ||
    state === "scalar"
  );
}

/** Whether a level's lines can be told from those within and around it. */
export function isIndented(frame: Frame): frame is Frame & { childIndent: string } {
  return frame.childIndent !== null && frame.childIndent.length > frame.indent.length;
}

/** Only so many characters of a line's indentation are looked at. */
const longestIndent = 256;

/** Indentation one character longer. Longer than any that tells levels apart, it need not be kept. */
export function longer(indent: string, byte: number): string {
  return indent.length < longestIndent ? indent + String.fromCharCode(byte) : indent;
}
