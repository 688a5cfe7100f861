import { Walk, type WalkOptions } from "./grammar.js";
import { kindOfRow } from "./kind-of-row.js";
import { parseName } from "./parse.js";
import type { Frame, Scan } from "./scan-state.js";

/** Follows a value in a text whose lines do not tell where it ends. */
export function newWalk(scan: Scan): Walk {
  const takes = scan.value.disposition === "take";
  return new Walk({
    ...(takes && scan.top?.array === false ? { isNext: nextOf(scan) } : {}),
    // Of what is too long to be kept the beginning is gone.
    isRow: (from, to) =>
      takes &&
      from >= scan.text.base &&
      kindOfRow(scan.text.bytes.subarray(from - scan.text.base, to - scan.text.base)) !== null,
  });
}

/** Whether a member of the value in hand would be a row if it stood beside it. */
const nextOf =
  (scan: Scan): NonNullable<WalkOptions["isNext"]> =>
  (name, from, to) => {
    if (name.from < scan.text.base) return false;
    const text = parseName(
      scan.text.bytes.toString("utf8", name.from - scan.text.base, name.to - scan.text.base),
    );
    const { index } = scan.top as Frame;
    const beside = [...scan.frames.slice(0, -1), { array: false, index: index + 1, name: text ?? "" }];
    return (
      scan.layouts?.isRow(beside, scan.text.bytes.subarray(from - scan.text.base, to - scan.text.base)) ??
      false
    );
  };

/** Whether a value that is whole holds a row, for want of its own end. */
export function holdsNext(scan: Scan, end: number): boolean {
  if (scan.layouts === null || scan.top?.array !== false) return false;
  const walk = new Walk({ isRow: () => false, isNext: nextOf(scan) });
  walk.feed(scan.text.bytes.subarray(0, end), scan.text.base, scan.text.keep);
  return walk.next !== null;
}
