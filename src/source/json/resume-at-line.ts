import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  LINE_FEED,
  QUOTE,
  RETURN,
  SPACE,
  startsContainer,
  TAB,
} from "./characters.js";
import { endDamage, reportLongDamage } from "./report-damage.js";
import { type Frame, isIndented, longer, newFrame, newLine, type Scan } from "./scan-state.js";

/** Behind damage, searches line by line for one that shows its level. */
export function resumeAtLine(scan: Scan): void {
  const window = scan.text.bytes;
  if (scan.damagedIndent === null) {
    const lineFeed = window.indexOf(LINE_FEED, scan.text.at);
    scan.text.at = lineFeed < 0 ? window.length : lineFeed + 1;
    if (lineFeed >= 0) {
      newLine(scan);
      scan.damagedIndent = "";
    }
    return reportLongDamage(scan);
  }
  while (scan.text.at < window.length) {
    const byte = window[scan.text.at] as number;
    if (byte === SPACE || byte === TAB) {
      scan.damagedIndent = longer(scan.damagedIndent, byte);
    } else if (byte === LINE_FEED) {
      newLine(scan);
      scan.damagedIndent = "";
    } else if (byte !== RETURN) {
      scan.indent = scan.damagedIndent;
      if (!resume(scan, byte, scan.indent)) scan.damagedIndent = null;
      return;
    }
    scan.text.at += 1;
  }
}

/** Goes on at a line whose indentation and first byte show for certain to which level it belongs. */
function resume(scan: Scan, byte: number, indent: string): boolean {
  for (let at = scan.frames.length - 1; at >= 0; at -= 1) {
    const frame = scan.frames[at] as Frame;
    if (!isIndented(frame)) continue;
    const child = indent === frame.childIndent && (frame.array ? startsContainer(byte) : byte === QUOTE);
    const closer = indent === frame.indent && byte === (frame.array ? BRACKET_CLOSE : BRACE_CLOSE);
    if (!child && !closer) continue;
    endDamage(scan, scan.text.at);
    scan.frames.length = at + 1;
    scan.lineBegun = false;
    scan.state = closer ? "after" : frame.array ? "value" : "name";
    return true;
  }
  return adopt(scan, byte, indent);
}

/** Goes on at a line that is indented as rows are, though the levels around it are unknown. */
export function adopt(scan: Scan, byte: number, indent: string): boolean {
  const tidy = scan.tidyRow;
  if (tidy === null || byte !== BRACE_OPEN || indent !== tidy.indent) return false;
  const [root] = scan.frames;
  const step = indent.slice(0, indent.length / tidy.depth);
  if (tidy.unsure && root !== undefined && root.childIndent !== step) return false;
  endDamage(scan, scan.text.at);
  scan.frames.length = 0;
  for (let level = 1; level <= tidy.depth; level += 1) {
    const array = level === tidy.depth;
    const childIndent = step.repeat(level);
    const index = array ? -1 : 0;
    scan.frames.push(newFrame({ array, index, adopted: true, indent: step.repeat(level - 1), childIndent }));
  }
  scan.lineBegun = false;
  scan.state = "value";
  return true;
}
