import { countLineFeeds, trimEnd } from "./characters.js";
import { Resync } from "./resync-after-damage.js";
import { isIndented, isWithin, type Scan } from "./scan-state.js";
import type { DamageKind } from "./scanner-visitor.js";

const nothing = Buffer.alloc(0);

/** Damaged bytes are reported in parts of at most about so many. */
export const longestPart = 1024 * 1024;

/** Reports damage that costs no text: what follows is read. */
export function reportRepair(scan: Scan, kind: DamageKind): void {
  scan.visitor.damaged(scan.frames, {
    kind,
    offset: scan.text.offset,
    line: scan.line,
    bytes: nothing,
    continued: false,
    rows: 0,
  });
}

/** The value in hand is damaged: from its first byte if it was to be taken, and otherwise from here on. */
export function damageValue(scan: Scan, kind: DamageKind, searchFrom?: number): void {
  scan.value.suspectLine = -1;
  if (scan.value.disposition !== "take") return beginDamage(scan, kind, scan.text.at);
  scan.line = scan.value.line;
  beginDamage(scan, kind, scan.text.keep, scan.value.line, searchFrom);
  if (scan.damage === null) return;
  scan.damage.row = true;
  scan.damage.seeksEnd = kind !== "too-long" && kind !== "record-within" && scan.value.walk?.inner === null;
}

/**
 * Damage begins at position `from`, and the scanner searches for where to go on.
 * @param searchFrom where that search begins if lines do not tell, in bytes from the start of the text
 */
export function beginDamage(
  scan: Scan,
  kind: DamageKind,
  from: number,
  line: number = scan.line,
  searchFrom: number = scan.text.base + from,
): void {
  if (scan.value.abandoned) endAbandoned(scan, from);
  scan.damage = { kind, offset: scan.text.base + from, line, continued: false, row: false, seeksEnd: false };
  // What begins its line may itself tell its level; a damaged value or name does not.
  const begins = !isWithin(scan.state) && scan.state !== "in-name" && !scan.lineBegun;
  scan.damagedIndent = begins ? scan.indent : null;
  scan.resync = newResync(scan, searchFrom);
  scan.text.keep = from;
  scan.text.at = from;
  scan.state = "damaged";
}

/** A search for the next record; null where lines tell where to go on, or nothing does. */
export function newResync(scan: Scan, from: number): Resync | null {
  if (scan.layouts === null || scan.frames.some(isIndented)) return null;
  const tidy = scan.tidyRow;
  const trusted = tidy !== null && (!tidy.unsure || scan.frames.length === 0);
  const { byId, idUnder } = scan.layouts;
  return new Resync({ byId, idUnder, tidyIndent: trusted ? tidy.indent : null }, from);
}

/** Reports the damaged bytes, which end before position `end`. @param rows how many they cost, where that is certain */
export function endDamage(scan: Scan, end: number, rows: 1 | null = null): void {
  if (scan.damage === null) return;
  if (scan.resync !== null) countLines(scan, scan.text.keep, end);
  reportPart(scan, trimEnd(scan.text.bytes.subarray(scan.text.keep, end)), rows);
  scan.damage = null;
  scan.resync = null;
  scan.text.keep = end;
  scan.text.at = end;
  scan.state = "done";
}

function reportPart(scan: Scan, bytes: Buffer, known: 1 | null = null): void {
  if (scan.damage === null) return;
  const { kind, offset, line, continued, row } = scan.damage;
  // It ends where the next row begins if lines told its end, or at the end of a text that is cut off.
  const certain = row && (scan.resync === null || (kind === "truncated" && scan.text.ended));
  const rows = certain ? 1 : known;
  scan.visitor.damaged(scan.frames, { kind, offset, line, bytes, continued, rows });
  const next = offset + bytes.length;
  scan.damage = { kind, offset: next, line: scan.line, continued: true, row, seeksEnd: false };
}

/** Reports the damaged bytes so far, once they are many, so that they need not be kept. */
export function reportLongDamage(scan: Scan): void {
  if (scan.text.at - scan.text.keep < longestPart) return;
  if (scan.resync !== null) countLines(scan, scan.text.keep, scan.text.at);
  reportPart(scan, scan.text.bytes.subarray(scan.text.keep, scan.text.at));
  scan.text.keep = scan.text.at;
}

export function countLines(scan: Scan, from: number, to: number): void {
  scan.line += countLineFeeds(scan.text.bytes.subarray(from, to));
}

export function reportAbandoned(scan: Scan, end: number): void {
  while (scan.text.keep < end) {
    const to = Math.min(end, scan.text.keep + longestPart);
    reportPart(scan, scan.text.bytes.subarray(scan.text.keep, to));
    scan.text.keep = to;
  }
}

export function endAbandoned(scan: Scan, end: number): void {
  reportAbandoned(scan, end);
  scan.value.abandoned = false;
  scan.damage = null;
}

/** Gives up a row that is longer than Redis can hold. Where no line tells its end, its brackets do. */
export function abandon(scan: Scan): void {
  if (isWithin(scan.state) && !scan.frames.some(isIndented)) {
    const [offset, line] = [scan.text.base + scan.text.keep, scan.value.line];
    // What was to be skipped is no damage.
    if (scan.value.disposition === "take")
      scan.damage = { kind: "too-long", offset, line, continued: false, row: false, seeksEnd: false };
    scan.value.abandoned = true;
    scan.value.disposition = "skip";
    scan.value.suspectLine = -1;
    return reportAbandoned(scan, scan.text.at);
  }
  const at = scan.text.at;
  const line = scan.line;
  beginDamage(scan, "too-long", scan.text.keep, scan.value.line, scan.text.base + at);
  scan.line = scan.resync === null ? line : scan.value.line;
  scan.text.at = at;
  reportLongDamage(scan);
}
