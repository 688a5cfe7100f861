import { beginsLine } from "./line-start.js";
import { parses } from "./parse-json.js";
import { newWalk } from "./records-within.js";
import { damageValue, endAbandoned } from "./report-damage.js";
import { endValue, type Scan } from "./scan-state.js";

/** A taken or skipped value ends before `end`. */
export function finishValue(scan: Scan, end: number): void {
  const { text, value } = scan;
  if (value.abandoned) endAbandoned(scan, end);
  const bytes = text.bytes.subarray(text.keep, end);
  if (value.suspectLine >= 0) {
    // A row that took in others may even parse, but then it does not end where a row ends.
    const ends = !value.sawRow || beginsLine(text.bytes, end - 1, scan.top?.childIndent ?? "", text.keep);
    if (!ends || !parses(bytes)) return damageValue(scan, "bracket");
    const walk = newWalk(scan);
    walk.feed(text.bytes.subarray(0, end), text.base, text.keep);
    if (walk.next !== null) return damageValue(scan, "record-within");
    value.suspectLine = -1;
  }
  endValue(scan, end);
  if (value.disposition !== "take") return;
  scan.visitor.taken(scan.frames, { bytes, offset: value.offset, line: value.line });
}
