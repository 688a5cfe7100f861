import { setOf } from "../../types/kind.js";
import { certainEnd } from "./certain-end.js";
import { BRACE_OPEN } from "./characters.js";
import { endDamage, longestPart, newResync, reportLongDamage } from "./report-damage.js";
import { adopt } from "./resume-at-line.js";
import type { Found, Resync } from "./resync-after-damage.js";
import { endValue, newFrame, type Scan } from "./scan-state.js";

/** Behind damage, searches for the next record or set, where lines do not tell. */
export function resumeAtRecord(scan: Scan, resync: Resync): void {
  if (scan.damage?.row && scan.damage.seeksEnd) {
    const ends = endsCertainly(scan);
    if (ends) return;
    scan.stalled = ends === null;
    if (ends === null) return;
    scan.damage.seeksEnd = false;
  }
  const found = resync.search(
    scan.text.bytes,
    scan.text.base,
    scan.text.base + scan.text.keep,
    scan.text.ended,
  );
  if (found !== null && found.at === scan.resumedAt) {
    // Damaged there before, as by a name that cannot be read: the search goes on behind it, and so comes to an end.
    const opens = scan.text.bytes.indexOf(BRACE_OPEN, found.at - scan.text.base);
    scan.resync = newResync(scan, scan.text.base + opens + 1);
    return;
  }
  if (found !== null) return resumeAtFound(scan, found);
  scan.stalled = true;
  if (scan.text.ended) {
    scan.text.at = scan.text.bytes.length;
    return;
  }
  scan.text.at = Math.max(scan.text.keep, Math.min(resync.needs - scan.text.base, scan.text.bytes.length));
  reportLongDamage(scan);
}

/** Goes on where the search found something to go on with. */
function resumeAtFound(scan: Scan, found: Found): void {
  if (found.what === "tidy-row") {
    scan.text.at = found.at - scan.text.base;
    scan.indent = scan.tidyRow?.indent ?? "";
    adopt(scan, BRACE_OPEN, scan.indent);
    return;
  }
  scan.resumedAt = found.at;
  const fits = takes(scan, found);
  const at = found.at - scan.text.base;
  endDamage(scan, at, found.at === scan.value.walk?.next ? 1 : null);
  scan.indent = "";
  scan.lineBegun = true;
  if (found.what === "set") {
    scan.frames.length = Math.min(scan.frames.length, 1);
    if (scan.top?.array !== false) scan.frames.splice(0, 1, newFrame({ array: false, adopted: true }));
    scan.state = "name";
    return;
  }
  if (!fits) adoptLevels(scan, found);
  scan.state = scan.top?.array === false ? "name" : "value";
}

/** Stands in for the levels around a row that does not belong to those among which the damage is. */
function adoptLevels(scan: Scan, { what, kind }: Found): void {
  const rooted = scan.frames[0]?.array === false || what === "named-row";
  const root = newFrame({ array: false, name: kind === null ? "" : setOf[kind], adopted: true });
  const rows = newFrame({ array: what !== "named-row", adopted: true });
  scan.frames.splice(0, scan.frames.length, ...(rooted ? [root, rows] : [rows]));
}

/** Whether what was found belongs to the rows among which the damage is. */
function takes(scan: Scan, { what, kind }: Found): boolean {
  const named = scan.top?.array === false;
  if (what === "set" || kind === null || named !== (what === "named-row")) return false;
  return scan.layouts?.takes(scan.frames, kind) ?? false;
}

/** Goes on behind the damaged row, if its end is certain. @returns null where that needs more bytes */
function endsCertainly(scan: Scan): boolean | null {
  const damaged = scan.text.bytes.subarray(scan.text.keep, scan.text.keep + longestPart);
  const named = scan.top?.array === false;
  const idUnder = named ? (scan.layouts?.idUnder ?? null) : null;
  const end = certainEnd(damaged, idUnder, scan.text.ended || damaged.length === longestPart);
  if (end === "more") return null;
  if (end === "none" || (named && holdsRow(scan, end))) return false;
  const to = scan.text.keep + end;
  endDamage(scan, to, 1);
  scan.indent = "";
  endValue(scan, to);
  return true;
}

/** Whether a row stands in so many of the damaged bytes: among records by id it looks like any field. */
function holdsRow(scan: Scan, length: number): boolean {
  const from = scan.text.base + scan.text.keep;
  const within = newResync(scan, from + 1);
  return (
    within?.search(scan.text.bytes.subarray(0, scan.text.keep + length), scan.text.base, from, true) != null
  );
}
