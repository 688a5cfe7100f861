import { ByteWindow } from "./byte-window.js";
import type { Walk } from "./grammar.js";
import { OpenBrackets } from "./open-brackets.js";
import type { Resync } from "./resync-after-damage.js";
import type { DamageKind, Disposition, Visitor } from "./scanner-visitor.js";
import type { Layouts, TidyRow } from "./where-rows-stand.js";

/** What the scanner expects, or is within. */
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
  | "damaged";

/** A level of the walked structure, as `Level` shows it to the visitor. */
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

/** The value that was begun last, to be taken or skipped. */
class ValueInHand {
  disposition: Disposition = "skip";
  offset = 0;
  line = 1;
  readonly brackets = new OpenBrackets();
  escaped = false;
  /** Follows its grammar in a text whose lines do not tell where it ends. */
  walk: Walk | null = null;
  /** Offset of the first line that looks as if it were no part of this value; -1 for none. */
  suspectLine = -1;
  /** Whether a line since then looks like the next row's first. */
  sawRow = false;
  /** Whether it is too long to be kept: its bytes are reported as damage until it ends. */
  abandoned = false;
}

/** Damage whose end is not found yet. */
export interface OpenDamage {
  kind: DamageKind;
  offset: number;
  line: number;
  continued: boolean;
  /** Whether it begins where a row begins. */
  row: boolean;
  /** Whether the end of the row may be certain in spite of the damage: see `certainEnd`. */
  seeksEnd: boolean;
}

/** All that the scanner remembers: where it is, the levels around that, the value in hand, and open damage. */
export class Scan {
  readonly visitor: Visitor;
  readonly tidyRow: TidyRow | null;
  readonly layouts: Layouts | null;
  readonly text = new ByteWindow();
  readonly value = new ValueInHand();
  readonly frames: Frame[] = [];
  state: State = "value";
  /** Whether the next step needs bytes that have not come yet. */
  stalled = false;
  /** Offset of the object that waited for more bytes, to be read in one go: each does so once. */
  waited = -1;

  line = 1;
  /** White space that began the current line, and whether anything else came since. */
  indent = "";
  lineBegun = false;
  sawText = false;
  /** White space before the name or text in hand, null where that does not begin its line. */
  indentBefore: string | null = null;

  damage: OpenDamage | null = null;
  /** Searches for the next record while there is damage, in a text whose lines do not tell. */
  resync: Resync | null = null;
  /** Where reading last went on behind damage, in bytes from the start of the text. */
  resumedAt = -1;
  /** White space of the damaged line that has just begun; null in the midst of a line. */
  damagedIndent: string | null = null;

  constructor(visitor: Visitor, tidyRow: TidyRow | null, layouts: Layouts | null) {
    this.visitor = visitor;
    this.tidyRow = tidyRow;
    this.layouts = layouts;
  }

  get top(): Frame | undefined {
    return this.frames.at(-1);
  }
}

/** Skips one byte that is not white space. */
export function advance(scan: Scan): void {
  scan.lineBegun = true;
  scan.text.at += 1;
}

/** Begins the next line. */
export function newLine(scan: Scan): void {
  scan.line += 1;
  scan.indent = "";
  scan.lineBegun = false;
}

/** A value ends before position `end`. */
export function endValue(scan: Scan, end: number): void {
  scan.text.at = end;
  scan.lineBegun = true;
  scan.state = scan.frames.length === 0 ? "done" : "after";
}

/** One level of the walked structure, which has no children yet. */
export function newFrame(fields: Partial<Frame> & Pick<Frame, "array">): Frame {
  return { index: -1, name: "", adopted: false, indent: "", childIndent: null, ...fields };
}

/** Whether a value is in hand, that is taken or skipped. */
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

/** No more characters of a line's indentation are kept. */
const longestIndent = 256;

/** Indentation one character longer, up to what can tell levels apart. */
export function longer(indent: string, byte: number): string {
  return indent.length < longestIndent ? indent + String.fromCharCode(byte) : indent;
}
