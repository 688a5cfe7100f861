import { BRACE_CLOSE, BRACE_OPEN, BRACKET_CLOSE, BRACKET_OPEN, QUOTE } from "./characters.js";
import { readName } from "./fast-row-names.js";
import { isNumber, readLiteral, readNumber } from "./fast-row-number.js";
import { readString } from "./fast-row-string.js";
import { deepest, NOT, type RowInHand } from "./fast-row-tokens.js";

/** Reads any value at this depth. */
export function readValue(row: RowInHand, depth: number): boolean {
  const byte = row.token();
  if (byte === QUOTE) return readString(row);
  if (byte === BRACE_OPEN) return depth < deepest && readObject(row, depth + 1);
  if (byte === BRACKET_OPEN) return depth < deepest && readArray(row, depth + 1);
  if (isNumber(byte)) return readNumber(row);
  return readLiteral(row, byte);
}

function readObject(row: RowInHand, depth: number): boolean {
  const names = row.nameCount;
  let next = row.open(BRACE_OPEN);
  if (next === BRACE_CLOSE) {
    row.put(BRACE_CLOSE);
    return true;
  }
  while (next === QUOTE) {
    if (!readName(row, names) || !readValue(row, depth)) return false;
    next = row.next(BRACE_CLOSE);
  }
  row.nameCount = names;
  return next === BRACE_CLOSE;
}

function readArray(row: RowInHand, depth: number): boolean {
  let next = row.open(BRACKET_OPEN);
  if (next === BRACKET_CLOSE) {
    row.put(BRACKET_CLOSE);
    return true;
  }
  while (next !== NOT) {
    if (!readValue(row, depth)) return false;
    next = row.next(BRACKET_CLOSE);
    if (next === BRACKET_CLOSE) return true;
  }
  return false;
}
