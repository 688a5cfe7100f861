import { countLineFeeds, trimEnd } from "./characters.js";
import { Resync } from "./resync-after-damage.js";
import { isIndented, isWithin, type Scan } from "./scan-state.js";
import type { DamageKind } from "./scanner-visitor.js";

const nothing = Buffer.alloc(0);

/** A damaged stretch is handed over in parts of at most about this many bytes. */
export const longestPart = 1024 * 1024;

/** Reports damage that cost no text. */
export function note(scan: Scan, kind: DamageKind): void {
  const offset = scan.text.base + scan.text.at;
  scan.visitor.damaged(scan.frames, {
    kind,
    offset,
    line: scan.line,
    bytes: nothing,
    continued: false,
    rows: 0,
  });
}

/** A value that was begun is broken: all of it is lost, from its first byte when it was being taken. */
export function loseValue(scan: Scan, kind: DamageKind, lookFrom?: number): void {
  scan.value.doubt = -1;
  if (scan.value.disposition !== "take") return lose(scan, kind, scan.text.at);
  scan.line = scan.value.line;
  lose(scan, kind, scan.text.keep, scan.value.line, lookFrom);
  if (scan.lost === null) return;
  scan.lost.row = true;
  scan.lost.seeksEnd = kind !== "too-long" && kind !== "record-within" && scan.value.walk?.inner === null;
}

/** From position `from` on, looks for what says where in the structure we are; from `lookFrom` on, where that is not a line. */
export function lose(
  scan: Scan,
  kind: DamageKind,
  from: number,
  line: number = scan.line,
  lookFrom: number = scan.text.base + from,
): void {
  if (scan.value.abandoned) endAbandoned(scan, from);
  scan.lost = { kind, offset: scan.text.base + from, line, continued: false, row: false, seeksEnd: false };
  // What begins its line may itself be what says where we are; the value that is lost does not.
  const begins = !isWithin(scan.state) && scan.state !== "in-name" && !scan.lineBegun;
  scan.lostIndent = begins ? scan.indent : null;
  scan.resync = newResync(scan, lookFrom);
  scan.text.keep = from;
  scan.text.at = from;
  scan.state = "lost";
}

export function newResync(scan: Scan, from: number): Resync | null {
  if (scan.layouts === null || scan.frames.some(isIndented)) return null;
  const tidy = scan.tidyRow;
  const trusted = tidy !== null && (!tidy.unsure || scan.frames.length === 0);
  const { byId, idUnder } = scan.layouts;
  return new Resync({ byId, idUnder, tidyIndent: trusted ? tidy.indent : null }, from);
}

/** Reports the lost stretch, which ends before `end`. @param rows how many it cost, where that is certain */
export function endLost(scan: Scan, end: number, rows: 1 | null = null): void {
  if (scan.lost === null) return;
  if (scan.resync !== null) countLines(scan, scan.text.keep, end);
  reportLost(scan, trimEnd(scan.text.bytes.subarray(scan.text.keep, end)), rows);
  scan.lost = null;
  scan.resync = null;
  scan.text.keep = end;
  scan.state = "done";
}

function reportLost(scan: Scan, bytes: Buffer, known: 1 | null = null): void {
  if (scan.lost === null) return;
  const { kind, offset, line, continued, row } = scan.lost;
  // Lines tell where the next row begins; a text that is cut off has no next row.
  const certain = row && (scan.resync === null || (kind === "truncated" && scan.text.ended));
  const rows = certain ? 1 : known;
  scan.visitor.damaged(scan.frames, { kind, offset, line, bytes, continued, rows });
  scan.lost = {
    kind,
    offset: offset + bytes.length,
    line: scan.line,
    continued: true,
    row,
    seeksEnd: false,
  };
}

/** Hands over what is lost so far, once it is long, so that it need not be kept. */
export function shedLost(scan: Scan): void {
  if (scan.text.at - scan.text.keep < longestPart) return;
  if (scan.resync !== null) countLines(scan, scan.text.keep, scan.text.at);
  reportLost(scan, scan.text.bytes.subarray(scan.text.keep, scan.text.at));
  scan.text.keep = scan.text.at;
}

export function countLines(scan: Scan, from: number, to: number): void {
  scan.line += countLineFeeds(scan.text.bytes.subarray(from, to));
}

export function shedAbandoned(scan: Scan, end: number): void {
  while (scan.text.keep < end) {
    const to = Math.min(end, scan.text.keep + longestPart);
    reportLost(scan, scan.text.bytes.subarray(scan.text.keep, to));
    scan.text.keep = to;
  }
}

export function endAbandoned(scan: Scan, end: number): void {
  shedAbandoned(scan, end);
  scan.value.abandoned = false;
  scan.lost = null;
}

/** Gives up a row that has grown longer than Redis could hold. Where no line tells what comes next, its brackets do. */
export function abandon(scan: Scan): void {
  if (isWithin(scan.state) && !scan.frames.some(isIndented)) {
    const [offset, line] = [scan.text.base + scan.text.keep, scan.value.line];
    // What was to be passed by is not lost.
    if (scan.value.disposition === "take")
      scan.lost = { kind: "too-long", offset, line, continued: false, row: false, seeksEnd: false };
    scan.value.abandoned = true;
    scan.value.disposition = "skip";
    scan.value.doubt = -1;
    return shedAbandoned(scan, scan.text.at);
  }
  const at = scan.text.at;
  const line = scan.line;
  lose(scan, "too-long", scan.text.keep, scan.value.line, scan.text.base + at);
  scan.line = scan.resync === null ? line : scan.value.line;
  scan.text.at = at;
  shedLost(scan);
}
