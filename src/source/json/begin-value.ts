import { BRACE_OPEN, BRACKET_CLOSE, BRACKET_OPEN, COMMA, QUOTE, startsValue } from "./characters.js";
import { closeLevel } from "./close-level.js";
import { beginsLine } from "./line-start.js";
import { learnIndent } from "./member-names.js";
import { newWalk } from "./records-within.js";
import { beginDamage, reportRepair } from "./report-damage.js";
import { advance, endValue, isIndented, newFrame, type Scan } from "./scan-state.js";

/**
 * An object that is cut off by the window's end is read anew with more behind it, if no longer than this: what `split-into-rows.ts`
 * keeps room for. In bytes.
 */
export const longestCut = 256 * 1024;

/** A value begins: it is entered, read by the fast path, or run through as one that is taken or skipped. */
export function beginValue(scan: Scan, byte: number): void {
  const top = scan.top;
  if (!startsValue(byte)) {
    const closesEarly = scan.state === "value" && top?.array === true;
    if (closesEarly && (byte === BRACKET_CLOSE || byte === COMMA)) {
      reportRepair(scan, "comma-extra");
      if (byte === BRACKET_CLOSE) return closeLevel(scan, byte);
      return advance(scan);
    }
    return beginDamage(scan, "unexpected", scan.text.at);
  }
  if (top?.array) {
    learnIndent(scan, top);
    top.index += 1;
  }
  scan.indentBefore = scan.lineBegun ? null : scan.indent;
  scan.value.disposition = scan.visitor.value(scan.frames, byte);
  scan.value.offset = scan.text.offset;
  scan.value.line = scan.line;
  scan.text.keep = scan.text.at;
  if (byte === BRACE_OPEN && scan.value.disposition === "take" && readInOneGo(scan)) return;
  const opens = byte === BRACE_OPEN || byte === BRACKET_OPEN;
  if (opens && scan.value.disposition === "enter") {
    const array = byte === BRACKET_OPEN;
    scan.frames.push(newFrame({ array, indent: scan.indent }));
    scan.state = array ? "value-or-end" : "name-or-end";
    return advance(scan);
  }
  if (opens) {
    scan.value.brackets.depth = 0;
    scan.value.suspectLine = -1;
    scan.value.sawRow = false;
    scan.value.walk = scan.layouts === null || (top !== undefined && isIndented(top)) ? null : newWalk(scan);
    scan.state = "inside";
    return;
  }
  scan.value.escaped = false;
  scan.state = byte === QUOTE ? "string" : "scalar";
  advance(scan);
}

/** Skips an object that the fast path has read, or waits for the rest of it. @returns whether it does either */
function readInOneGo(scan: Scan): boolean {
  const read = scan.visitor.express?.(scan.frames, scan.text.bytes, scan.text.at) ?? null;
  if (read === null) return false;
  if (read === "cut") return waitForMore(scan);
  const top = scan.top;
  const indented = read.lines > 0 && top !== undefined && isIndented(top);
  // One that took in others, for want of its own end, does not end where a row ends: see `#finish`.
  if (indented && !beginsLine(scan.text.bytes, read.end - 1, top.childIndent)) return false;
  scan.visitor.expressed?.(scan.frames, { offset: scan.value.offset, line: scan.value.line });
  scan.line += read.lines;
  endValue(scan, read.end);
  return true;
}

/** Waits for more bytes before the object that begins here, once, if there may be any. @returns whether it does */
function waitForMore(scan: Scan): boolean {
  if (scan.text.ended || scan.waited === scan.value.offset) return false;
  if (scan.text.bytes.length - scan.text.at > longestCut) return false;
  scan.waited = scan.value.offset;
  scan.stalled = true;
  const top = scan.top;
  // It has not begun, for what is counted.
  if (top?.array) top.index -= 1;
  return true;
}
