import { beginValue } from "./begin-value.js";
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  LINE_FEED,
  QUOTE,
  RETURN,
  SPACE,
  startsContainer,
  TAB,
} from "./characters.js";
import { closeLevel } from "./close-level.js";
import { standsAt } from "./line-start.js";
import { beginName } from "./member-names.js";
import { beginDamage, reportRepair } from "./report-damage.js";
import { advance, type Frame, isIndented, longer, newLine, type Scan } from "./scan-state.js";

/** One byte of the walked structure. */
export function walkStructure(scan: Scan): void {
  const byte = scan.text.bytes[scan.text.at] as number;
  if (byte === SPACE || byte === TAB || byte === RETURN) {
    skipWhiteSpace(scan, byte);
    return;
  }
  if (byte === LINE_FEED) {
    newLine(scan);
    scan.text.at += 1;
    return;
  }
  scan.sawText = true;
  switch (scan.state) {
    case "value-or-end":
      if (byte === BRACKET_CLOSE) return closeLevel(scan, byte);
      return beginValue(scan, byte);
    case "value":
      return beginValue(scan, byte);
    case "name-or-end":
      if (byte === BRACE_CLOSE) return closeLevel(scan, byte);
      return beginName(scan, byte);
    case "name":
      return beginName(scan, byte);
    case "colon":
      if (byte !== COLON) return beginDamage(scan, "unexpected", scan.text.at);
      scan.state = "value";
      advance(scan);
      return;
    case "after":
      return afterValue(scan, byte);
    default:
      return afterDocument(scan, byte);
  }
}

/** Skips a byte of white space, or all that a line begins with, where it is what the line of the row before began with. */
function skipWhiteSpace(scan: Scan, byte: number): void {
  const { text, top } = scan;
  const known = scan.lineBegun || scan.indent !== "" ? "" : (top?.childIndent ?? "");
  if (known !== "" && standsAt(text.bytes, text.at, known)) {
    scan.indent = known;
    text.at += known.length;
    return;
  }
  if (!scan.lineBegun && byte !== RETURN) scan.indent = longer(scan.indent, byte);
  text.at += 1;
}

/** Behind a value: a comma, or the end of its level. */
function afterValue(scan: Scan, byte: number): void {
  const top = scan.top as Frame;
  if (byte === COMMA) {
    scan.state = top.array ? "value" : "name";
    return advance(scan);
  }
  if (byte === BRACKET_CLOSE || byte === BRACE_CLOSE) return closeLevel(scan, byte);
  if (top.array ? startsContainer(byte) : byte === QUOTE) {
    // A line that is indented as another level belongs there: it is not a comma that is missing.
    if (isIndented(top) && (scan.lineBegun || scan.indent !== top.childIndent)) {
      return beginDamage(scan, "bracket", scan.text.at);
    }
    reportRepair(scan, "comma-missing");
    scan.state = top.array ? "value" : "name";
    return;
  }
  beginDamage(scan, "unexpected", scan.text.at);
}

/** Behind the outermost value nothing may come; a second document is read all the same. */
function afterDocument(scan: Scan, byte: number): void {
  if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
    reportRepair(scan, "second-document");
    scan.state = "value";
    return;
  }
  beginDamage(scan, "trailing-text", scan.text.at);
}
