/** Questions about the bytes that JSON is made of. */

import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COMMA,
  LINE_FEED,
  NINE,
  QUOTE,
  RETURN,
  SPACE,
  TAB,
  ZERO,
} from "./bytes.js";

export * from "./bytes.js";

export function isWhite(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN || byte === LINE_FEED;
}

export function startsContainer(byte: number): boolean {
  return byte === BRACE_OPEN || byte === BRACKET_OPEN;
}

export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** Digits, minus, and the first letters of true, false and null. */
export function startsValue(byte: number): boolean {
  if (startsContainer(byte) || byte === QUOTE) return true;
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x74 || byte === 0x66 || byte === 0x6e;
}

export function endsScalar(byte: number): boolean {
  return (
    byte === COMMA ||
    byte === BRACKET_CLOSE ||
    byte === BRACE_CLOSE ||
    byte === SPACE ||
    byte === LINE_FEED ||
    byte === RETURN ||
    byte === TAB
  );
}

export function countLineFeeds(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
}

/** Without the white space at its end. */
export function trimEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && isWhite(bytes[end - 1] as number)) end -= 1;
  return bytes.subarray(0, end);
}

/** What a byte outside of strings is: 0 illegal, 1 white space, 2 part of a number or literal, 3 structure. */
export const sort = new Uint8Array(256);
for (const character of " \t\r\n") sort[character.charCodeAt(0)] = 1;
for (const character of "0123456789+-.eEtruefalsn") sort[character.charCodeAt(0)] = 2;
for (const character of '",:[]{}') sort[character.charCodeAt(0)] = 3;
