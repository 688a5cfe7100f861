import { isDigit, MINUS, NINE, POINT, ZERO } from "./characters.js";
import type { RowInHand } from "./fast-row-tokens.js";

/** The most digits that any whole number of so many digits is exact with, and written back as it was. */
const mostDigits = 15;

/** Reads a number that is written as JavaScript writes it. */
export function readNumber(row: RowInHand): boolean {
  const bytes = row.in;
  const limit = row.limit;
  const from = row.at;
  let at = from;
  if (bytes[at] === MINUS) at += 1;
  const digits = at;
  while (at < limit && isDigit(bytes[at] as number)) at += 1;
  const count = at - digits;
  if (at >= limit) return row.runOut();
  if (count === 0 || count > mostDigits) return false;
  const end = bytes[at] as number;
  // Neither 007 nor -0 is written so again.
  if (bytes[digits] === ZERO && (count > 1 || (digits > from && end !== POINT))) return false;
  if (end === POINT) {
    at += 1;
    while (at < limit && isDigit(bytes[at] as number)) at += 1;
    if (at >= limit) return row.runOut();
    const text = bytes.toString("latin1", from, at);
    const value = Number(text);
    if (Number.isInteger(value) || String(value) !== text) return false;
  }
  // An exponent, or what is no number.
  const behind = bytes[at] as number;
  if (behind === 0x65 || behind === 0x45 || behind === POINT) return false;
  row.copy(from, at);
  return true;
}

/** Whether a value that begins with this byte is a number. */
export function isNumber(first: number): boolean {
  return first === MINUS || (first >= ZERO && first <= NINE);
}

/** The number that was read and stands here. Most are whole, and need no text made of them. */
export function numberIn(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (!isDigit(byte)) return Number(bytes.toString("latin1", from, to));
    value = value * 10 + byte - ZERO;
  }
  return value;
}

/** Reads true, false or null. */
export function readLiteral(row: RowInHand, byte: number): boolean {
  const text = byte === 0x74 ? "true" : byte === 0x66 ? "false" : byte === 0x6e ? "null" : null;
  if (text === null) return false;
  if (row.at + text.length > row.limit) return row.runOut();
  for (let at = 0; at < text.length; at += 1) {
    if (row.in[row.at + at] !== text.charCodeAt(at)) return false;
  }
  row.copy(row.at, row.at + text.length);
  return true;
}
