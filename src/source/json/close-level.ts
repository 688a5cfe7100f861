import { BRACKET_CLOSE } from "./characters.js";
import { beginDamage, reportRepair } from "./report-damage.js";
import { endValue, isIndented, type Scan } from "./scan-state.js";

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
    // It is indented deeper than what it would close: it belongs to a row whose beginning is damaged.
    return beginDamage(scan, "bracket", scan.text.at);
  }
  if (scan.top?.array !== array) {
    if (scan.frames.some(isIndented)) return beginDamage(scan, "bracket", scan.text.at);
    const fits = scan.frames.findLastIndex((frame) => frame.array === array);
    if (fits < 0) return beginDamage(scan, "bracket", scan.text.at);
    reportRepair(scan, "bracket");
    scan.frames.length = fits + 1;
  }
  scan.frames.pop();
  endValue(scan, scan.text.at + 1);
}
