/** The bytes that JSON is made of, and questions about them. */

export const TAB = 0x09;
export const LINE_FEED = 0x0a;
export const RETURN = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const POINT = 0x2e;
export const ZERO = 0x30;
export const NINE = 0x39;
export const COLON = 0x3a;
export const BRACKET_OPEN = 0x5b;
export const BACKSLASH = 0x5c;
export const BRACKET_CLOSE = 0x5d;
export const LOWER_N = 0x6e;
export const BRACE_OPEN = 0x7b;
export const BRACE_CLOSE = 0x7d;

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
