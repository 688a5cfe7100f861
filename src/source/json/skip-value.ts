import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  endsScalar,
  LINE_FEED,
  QUOTE,
  RETURN,
  SPACE,
  TAB,
} from "./characters.js";
import { finishValue } from "./finish-value.js";
import { damageValue } from "./report-damage.js";
import { isIndented, type Scan } from "./scan-state.js";
import { skipString } from "./skip-string.js";

/** What a byte outside of strings is: 0 illegal, 1 no structure, 2 structure. */
const sortOf = new Uint8Array(256);
for (const character of " \t\r0123456789+-.eE,:truefalsn") sortOf[character.charCodeAt(0)] = 1;
for (const character of '\n"[]{}') sortOf[character.charCodeAt(0)] = 2;

/**
 * With more brackets open, a line that is indented wrongly ends the value. Rows that all lack their end stand each
 * within the one before, and reading each on to the end of the file would take too long.
 */
const mostSuspectBrackets = 32;

/** Runs through a taken or skipped container: this is where nearly all time is spent. */
export function skipContainer(scan: Scan): void {
  const { text, value } = scan;
  const { brackets } = value;
  const window = text.bytes;
  const end = window.length;
  const top = scan.top;
  const tidy = top !== undefined && isIndented(top) ? top.childIndent : null;
  const checksLines = tidy !== null && value.disposition === "take";
  let at = text.at;
  while (at < end) {
    const byte = window[at] as number;
    const sort = sortOf[byte];
    if (sort === 1) {
      at += 1;
      continue;
    }
    if (sort === 0) {
      text.at = at;
      if (tidy !== null) return damageValue(scan, "unexpected");
      // Without lines to go by, matching brackets is the best way to the row's end; decoding will reject it.
      at += 1;
      continue;
    }
    at += 1;
    if (byte === LINE_FEED) {
      if (checksLines) {
        const line = checkLine(window, at, tidy, brackets.depth === 1);
        if (line === "unknown") {
          text.at = at - 1;
          scan.stalled = true;
          return;
        }
        if (line !== "right") {
          if (brackets.depth > mostSuspectBrackets) return damageValue(scan, "bracket");
          if (value.suspectLine < 0) value.suspectLine = text.base + at;
        }
        value.sawRow ||= line === "row";
      }
      scan.line += 1;
    } else if (byte === QUOTE) {
      value.escaped = false;
      scan.state = "inside-string";
      text.at = at;
      if (!skipString(scan)) return;
      at = text.at;
    } else if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
      brackets.push(byte === BRACE_OPEN ? 1 : 0);
    } else {
      if (brackets.top !== (byte === BRACE_CLOSE ? 1 : 0)) {
        text.at = at - 1;
        return damageValue(scan, "bracket");
      }
      brackets.depth -= 1;
      if (brackets.depth === 0) return finishValue(scan, at);
    }
  }
  text.at = at;
}

/**
 * Whether a line within a value is indented deeper than the value itself, or is its end, as in all files that a
 * program wrote. One that is not may show that the value's end is missing: parsing the value decides.
 */
function checkLine(
  window: Buffer,
  from: number,
  indent: string,
  mayEnd: boolean,
): "right" | "wrong" | "row" | "unknown" {
  for (let at = from; at <= from + indent.length; at += 1) {
    const byte = window[at];
    if (byte === undefined) return "unknown";
    if (byte === SPACE || byte === TAB) continue;
    if (byte === LINE_FEED || byte === RETURN) return "right";
    if (at < from + indent.length) return "wrong";
    if (byte === BRACE_OPEN) return "row";
    return mayEnd && (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) ? "right" : "wrong";
  }
  return "right";
}

/** Runs to the end of a number or literal. */
export function skipScalar(scan: Scan): void {
  const window = scan.text.bytes;
  let at = scan.text.at;
  while (at < window.length && !endsScalar(window[at] as number)) at += 1;
  scan.text.at = at;
  if (at < window.length) finishValue(scan, at);
}
