import { Walk, type WalkOptions } from "./grammar.js";
import { kindOfRow } from "./kind-of-row.js";
import { parseName } from "./parse-json.js";
import type { Scan } from "./scan-state.js";

/** Follows the value in hand by its grammar, and finds the records that it took in for want of its own end. */
export function newWalk(scan: Scan): Walk {
  const { text } = scan;
  const takes = scan.value.disposition === "take";
  return new Walk({
    ...(takes && scan.top?.array === false ? { isNext: nextOf(scan) } : {}),
    // Of what is too long to be kept the beginning is gone.
    isRow: (from, to) => takes && from >= text.base && kindOfRow(text.between(from, to)) !== null,
  });
}

/** Whether a member of the value in hand would be a row if it stood beside it. */
function nextOf({ text, frames, layouts }: Scan): NonNullable<WalkOptions["isNext"]> {
  return (name, from, to) => {
    if (name.from < text.base) return false;
    const index = (frames.at(-1)?.index ?? 0) + 1;
    const beside = { array: false, index, name: parseName(text.between(name.from, name.to)) ?? "" };
    return layouts?.isRow([...frames.slice(0, -1), beside], text.between(from, to)) ?? false;
  };
}
