import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  MINUS,
  NINE,
  POINT,
  QUOTE,
  ZERO,
} from "../bytes";
import { readString } from "./read-string";
import { byteAt, copy, limit, NOT, next, open, position, put, runOut, target, token } from "./row-in-hand";

/** A row that is nested deeper, or has more names in one object, is not read. */
const deepest = 32;
const mostNames = 32;

/** The names of the objects that are open: the address of each, and its length. */
let names: i32 = 0;
let nameCount: i32 = 0;

/** The most digits that any whole number of so many digits is exact with, and written back as it was. */
const mostDigits = 15;

/** Four letters as one number, as they stand in memory. */
const TRUE = 0x65757274;
const FALS = 0x736c6166;
export const NULL: u32 = 0x6c6c756e;

/** Whether JavaScript writes the number that stands here, which has a point, as it stands. */
declare function writesBack(from: i32, to: i32): bool;

/** @param address where the names of open objects may be kept, 8 KiB */
export function forgetNames(address: i32): void {
  names = address;
  nameCount = 0;
}

/** How many names there are in all objects that are open. */
export function namesNow(): i32 {
  return nameCount;
}

/** The object is read, whose names those from `first` on are. */
export function closeNames(first: i32): void {
  nameCount = first;
}

/** Reads any value at this depth. */
export function readValue(depth: i32): bool {
  const byte = token();
  if (byte === QUOTE) return readString();
  if (byte === BRACE_OPEN) return depth < deepest && readObject(depth + 1);
  if (byte === BRACKET_OPEN) return depth < deepest && readArray(depth + 1);
  if (beginsNumber(byte)) return readNumber();
  return byte !== NOT && readLiteral();
}

function readObject(depth: i32): bool {
  const first = nameCount;
  let byte = open(BRACE_OPEN);
  if (byte === BRACE_CLOSE) {
    put(BRACE_CLOSE);
    return true;
  }
  while (byte === QUOTE) {
    if (!readName(first) || !readValue(depth)) return false;
    byte = next(BRACE_CLOSE);
  }
  nameCount = first;
  return byte === BRACE_CLOSE;
}

function readArray(depth: i32): bool {
  let byte = open(BRACKET_OPEN);
  if (byte === BRACKET_CLOSE) {
    put(BRACKET_CLOSE);
    return true;
  }
  while (byte !== NOT) {
    if (!readValue(depth)) return false;
    byte = next(BRACKET_CLOSE);
    if (byte === BRACKET_CLOSE) return true;
  }
  return false;
}

/**
 * Reads a name and its colon; false for one that stands in this object already, or that JavaScript would put first.
 * @param first the first name of this object
 */
export function readName(first: i32): bool {
  const from = target();
  if (!readString()) return false;
  const length = target() - from;
  if (isDigit(byteAt(from + 1))) return false;
  for (let one = first; one < nameCount; one += 1) {
    const other = load<i32>(names + one * 8);
    if (load<i32>(names + one * 8 + 4) === length && isSame(other, from, length)) return false;
  }
  if (nameCount - first >= mostNames) return false;
  store<i32>(names + nameCount * 8, from);
  store<i32>(names + nameCount * 8 + 4, length);
  nameCount += 1;
  if (token() !== COLON) return false;
  put(COLON);
  return true;
}

function isSame(one: i32, other: i32, length: i32): bool {
  for (let at = 0; at < length; at += 1) if (byteAt(one + at) !== byteAt(other + at)) return false;
  return true;
}

/** Reads a number that is written as JavaScript writes it. */
function readNumber(): bool {
  const from = position();
  const digits = byteAt(from) === MINUS ? from + 1 : from;
  let here = behindDigits(digits);
  const count = here - digits;
  if (here >= limit()) return runOut();
  if (count === 0 || count > mostDigits) return false;
  const hasPoint = byteAt(here) === POINT;
  // Neither 007 nor -0 is written so again.
  if (byteAt(digits) === ZERO && (count > 1 || (digits > from && !hasPoint))) return false;
  if (hasPoint) {
    here = behindDigits(here + 1);
    if (here >= limit()) return runOut();
    if (!writesBack(from, here)) return false;
  }
  // An exponent, or what is no number.
  const behind = byteAt(here);
  if (behind === 0x65 || behind === 0x45 || behind === POINT) return false;
  copy(here - from);
  return true;
}

function behindDigits(from: i32): i32 {
  let here = from;
  while (here < limit() && isDigit(byteAt(here))) here += 1;
  return here;
}

/** Reads true, false or null. */
function readLiteral(): bool {
  const from = position();
  const four = load<u32>(from);
  const length = four === FALS ? 5 : 4;
  if (from + length > limit()) return runOut();
  if (four !== TRUE && four !== NULL && (four !== FALS || byteAt(from + 4) !== 0x65)) return false;
  copy(length);
  return true;
}

/** Whether a value that begins with this byte is a number. */
export function beginsNumber(byte: i32): bool {
  return byte === MINUS || isDigit(byte);
}

function isDigit(byte: i32): bool {
  return byte >= ZERO && byte <= NINE;
}
