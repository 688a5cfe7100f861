import { BRACKET_CLOSE } from "./characters.js";
import { lose, note } from "./report-damage.js";
import { advance, isIndented, type Scan } from "./scan-state.js";

/** Closes the innermost level, or, where a bracket was left out, the nearest that fits. */
export function closeLevel(scan: Scan, byte: number): void {
  const array = byte === BRACKET_CLOSE;
  const top = scan.top;
  if (
    top !== undefined &&
    isIndented(top) &&
    !scan.lineBegun &&
    scan.indent.length > top.childIndent.length
  ) {
    // It stands deeper than what it would close: it belongs to a row whose beginning is lost.
    return lose(scan, "bracket", scan.text.at);
  }
  if (scan.top?.array !== array) {
    if (scan.frames.some(isIndented)) return lose(scan, "bracket", scan.text.at);
    const fits = scan.frames.findLastIndex((frame) => frame.array === array);
    if (fits < 0) return lose(scan, "bracket", scan.text.at);
    note(scan, "bracket");
    scan.frames.length = fits + 1;
  }
  scan.frames.pop();
  scan.state = scan.frames.length === 0 ? "done" : "after";
  advance(scan);
}
