import { BACKSLASH, COLON, NINE, ZERO } from "./characters.js";
import { readString } from "./fast-row-string.js";
import { mostNames, type RowInHand } from "./fast-row-tokens.js";

/** Reads a name and its colon; false for one that stands in this object already, or that JavaScript would put first. */
export function readName(row: RowInHand, firstName: number): boolean {
  const from = row.to;
  if (!readString(row)) return false;
  const to = row.to;
  const out = row.out;
  const first = out[from + 1] as number;
  if (first >= ZERO && first <= NINE) return false;
  const names = row.names;
  for (let one = firstName; one < row.nameCount; one += 1) {
    const start = names[one * 2] as number;
    if ((names[one * 2 + 1] as number) - start !== to - from) continue;
    let same = true;
    for (let at = 1; same && at < to - from; at += 1) same = out[start + at] === out[from + at];
    if (same) return false;
  }
  if (row.nameCount - firstName >= mostNames) return false;
  names[row.nameCount * 2] = from;
  names[row.nameCount * 2 + 1] = to;
  row.nameCount += 1;
  if (row.token() !== COLON) return false;
  row.put(COLON);
  return true;
}

/** Whether the bytes written at `from` are this name. */
export function isName(row: RowInHand, from: number, name: string): boolean {
  for (let at = 0; at < name.length; at += 1) {
    if (row.out[from + at] !== name.charCodeAt(at)) return false;
  }
  return true;
}

/** Reads an id: a string that is not empty, and in which nothing is escaped. */
export function readId(row: RowInHand): boolean {
  row.idFrom = row.to + 1;
  if (!readString(row)) return false;
  row.idTo = row.to - 1;
  if (row.idTo === row.idFrom) return false;
  for (let at = row.idFrom; at < row.idTo; at += 1) if (row.out[at] === BACKSLASH) return false;
  return true;
}
