/** The row that is being read: where its bytes are, and where they are written to without white space. */

import { BRACE_CLOSE, COMMA, LINE_FEED, QUOTE, RETURN, SPACE, TAB } from "../bytes";

/** Returned in place of a byte, where the row is not read. */
export const NOT = -1;

/** Addresses: of the next byte, of where reading stops, and of where the next one is written. */
let at: i32 = 0;
let end: i32 = 0;
let to: i32 = 0;
let lines: i32 = 0;
let ranOut: bool = false;

/** Begins a row. */
export function begin(from: i32, limit: i32, target: i32): void {
  at = from;
  end = limit;
  to = target;
  lines = 0;
  ranOut = false;
}

export function position(): i32 {
  return at;
}

export function limit(): i32 {
  return end;
}

/** Where the next byte is written. */
export function target(): i32 {
  return to;
}

export function linesPassed(): i32 {
  return lines;
}

/** Whether the row does not end before `limit`. */
export function hasRunOut(): bool {
  return ranOut;
}

/** @returns false, as whoever runs out must */
export function runOut(): bool {
  ranOut = true;
  return false;
}

/** Goes on from here, once the bytes before it are written. */
export function goOn(from: i32, target: i32): void {
  at = from;
  to = target;
}

/** Writes the next byte as it is. */
export function put(byte: i32): void {
  store<u8>(to, byte);
  to += 1;
  at += 1;
}

/** Writes the next few bytes as they are. */
export function copy(length: i32): void {
  for (let one = 0; one < length; one += 1) store<u8>(to + one, byteAt(at + one));
  at += length;
  to += length;
}

export function byteAt(position: i32): i32 {
  return load<u8>(position);
}

/** A bit for each of 16 bytes: whether it is this one. */
function whereIs(byte: i32, sixteen: v128): i32 {
  return i8x16.bitmask(i8x16.eq(sixteen, i8x16.splat(i8(byte))));
}

/** Skips white space. @returns the byte behind it, or NOT at the end, or where what JSON does not know stands there */
export function token(): i32 {
  let here = at;
  if (here < end && byteAt(here) > SPACE) return byteAt(here);
  for (;;) {
    const sixteen = v128.load(here);
    const feeds = whereIs(LINE_FEED, sixteen);
    const white = feeds | whereIs(SPACE, sixteen) | whereIs(TAB, sixteen) | whereIs(RETURN, sixteen);
    const count = ctz(~white);
    lines += popcnt(feeds & ((1 << count) - 1));
    here += count;
    if (here >= end) {
      runOut();
      return NOT;
    }
    if (count < 16) break;
  }
  at = here;
  const byte = byteAt(here);
  return byte > SPACE ? byte : NOT;
}

/** Reads an opening bracket. @returns the first byte behind it */
export function open(bracket: i32): i32 {
  if (token() !== bracket) return NOT;
  put(bracket);
  return token();
}

/** Reads what stands behind an element or member. @returns the first byte behind a comma, or the closing bracket */
export function next(closing: i32): i32 {
  const byte = token();
  if (byte === closing) {
    put(closing);
    return closing;
  }
  if (byte !== COMMA) return NOT;
  put(COMMA);
  const behind = token();
  // A comma announces a member, or any value.
  return behind === closing || (closing === BRACE_CLOSE && behind !== QUOTE) ? NOT : behind;
}
