import { LINE_FEED } from "./characters.js";
import { parses } from "./parse.js";
import { holdsNext } from "./records-within.js";
import { endAbandoned, loseValue } from "./report-damage.js";
import type { Scan } from "./scan-state.js";

/** A taken or skipped value ends before `end`. */
export function finish(scan: Scan, end: number): void {
  if (scan.value.abandoned) endAbandoned(scan, end);
  const bytes = scan.text.bytes.subarray(scan.text.keep, end);
  if (scan.value.doubt >= 0) {
    // A row that took in others may even parse, but then it does not end where a row ends.
    if (!parses(bytes) || (scan.value.sawRow && !endsTidily(scan, bytes))) return loseValue(scan, "bracket");
    if (holdsNext(scan, end)) return loseValue(scan, "record-within");
    scan.value.doubt = -1;
  }
  scan.text.at = end;
  scan.lineBegun = true;
  scan.state = scan.frames.length === 0 ? "done" : "after";
  if (scan.value.disposition !== "take") return;
  scan.visitor.taken(scan.frames, { bytes, offset: scan.value.offset, line: scan.value.line });
}

/** Whether the value's last byte stands on a line that is indented as its first. */
function endsTidily(scan: Scan, bytes: Buffer): boolean {
  const line = bytes.toString("latin1", bytes.lastIndexOf(LINE_FEED) + 1, bytes.length - 1);
  return line === scan.top?.childIndent;
}
