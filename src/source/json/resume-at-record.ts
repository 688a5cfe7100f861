import { setOf } from "../../types.js";
import { certainEnd } from "./certain-end.js";
import { BRACE_OPEN } from "./characters.js";
import { endLost, longestPart, newResync, shedLost } from "./report-damage.js";
import { adopt } from "./resume-at-line.js";
import type { Found, Resync } from "./resync-after-damage.js";
import { adoptedFrame, type Scan } from "./scan-state.js";

/** Looks for the next row or set, where lines do not tell. */
export function stepResync(scan: Scan, resync: Resync): void {
  if (scan.lost?.row && scan.lost.seeksEnd) {
    const ends = endsCertainly(scan);
    if (ends) return;
    scan.stalled = ends === null;
    if (ends === null) return;
    scan.lost.seeksEnd = false;
  }
  const found = resync.look(
    scan.text.bytes,
    scan.text.base,
    scan.text.base + scan.text.keep,
    scan.text.ended,
  );
  if (found !== null) return goOn(scan, found);
  scan.stalled = true;
  if (scan.text.ended) {
    scan.text.at = scan.text.bytes.length;
    return;
  }
  scan.text.at = Math.max(scan.text.keep, Math.min(resync.needs - scan.text.base, scan.text.bytes.length));
  shedLost(scan);
}

function goOn(scan: Scan, found: Found): void {
  if (found.what === "tidy-row") {
    scan.text.at = found.at - scan.text.base;
    scan.indent = scan.tidyRow?.indent ?? "";
    adopt(scan, BRACE_OPEN, scan.indent);
    return;
  }
  const fits = takes(scan, found);
  const at = found.at - scan.text.base;
  endLost(scan, at, found.at === scan.value.walk?.next ? 1 : null);
  scan.text.at = at;
  scan.indent = "";
  scan.lineBegun = true;
  if (found.what === "set") {
    scan.frames.length = Math.min(scan.frames.length, 1);
    if (scan.top?.array !== false) scan.frames.splice(0, 1, adoptedFrame(false));
    scan.state = "name";
    return;
  }
  if (!fits) adoptLevels(scan, found);
  scan.state = scan.top?.array === false ? "name" : "value";
}

/** Stands in for the levels around a row that is none of those among which the damage is. */
function adoptLevels(scan: Scan, { what, kind }: Found): void {
  const rooted = scan.frames[0]?.array === false || what === "named-row";
  const root = adoptedFrame(false, kind === null ? "" : setOf[kind]);
  const rows = adoptedFrame(what !== "named-row");
  scan.frames.splice(0, scan.frames.length, ...(rooted ? [root, rows] : [rows]));
}

/** Whether what was found is one of the rows among which the damage is. */
function takes(scan: Scan, { what, kind }: Found): boolean {
  const named = scan.top?.array === false;
  if (what === "set" || kind === null || named !== (what === "named-row")) return false;
  return scan.layouts?.takes(scan.frames, kind) ?? false;
}

/** Goes on behind the lost row, if it ends for certain. @returns null where more bytes must tell */
function endsCertainly(scan: Scan): boolean | null {
  const lost = scan.text.bytes.subarray(scan.text.keep, scan.text.keep + longestPart);
  const named = scan.top?.array === false;
  const idUnder = named ? (scan.layouts?.idUnder ?? null) : null;
  const end = certainEnd(lost, idUnder, scan.text.ended || lost.length === longestPart);
  if (end === "more") return null;
  if (end === "none" || (named && holdsRow(scan, end))) return false;
  const to = scan.text.keep + end;
  endLost(scan, to, 1);
  scan.text.at = to;
  scan.indent = "";
  scan.lineBegun = true;
  scan.state = scan.frames.length === 0 ? "done" : "after";
  return true;
}

/** Whether a row stands in so many bytes of what is lost: among records by id it would look like any field. */
function holdsRow(scan: Scan, length: number): boolean {
  const from = scan.text.base + scan.text.keep;
  const within = newResync(scan, from + 1);
  return (
    within?.look(scan.text.bytes.subarray(0, scan.text.keep + length), scan.text.base, from, true) != null
  );
}
