import type { BytesAhead } from "./bytes-ahead.js";

/** Bytes behind the data of a member: its CRC-32, and its length modulo 2^32. */
export const trailerBytes = 8;

/** A name or comment that is longer is none. In bytes. */
const longestName = 64 * 1024;

/** Skips a member's header (RFC 1952). @returns whether one stands here; if not, nothing is skipped */
export async function skipHeader(input: BytesAhead): Promise<boolean> {
  const fixed = await input.peek(10);
  if (fixed.length < 10 || fixed[0] !== 0x1f || fixed[1] !== 0x8b || fixed[2] !== 8) return false;
  const flags = fixed[3] as number;
  if ((flags & 0xe0) !== 0) return false;
  let length = 10;
  if ((flags & 4) !== 0) {
    const extra = await input.peek(length + 2);
    if (extra.length < length + 2) return false;
    length += 2 + extra.readUInt16LE(length);
  }
  // A name, and a comment, each up to a zero.
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = (await input.peek(length + longestName)).indexOf(0, length);
    if (end < 0) return false;
    length = end + 1;
  }
  if ((flags & 2) !== 0) length += 2;
  if ((await input.peek(length)).length < length) return false;
  input.skip(length);
  return true;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** `zlib.crc32`, which Node has from 20.15 on only. */
export function crc32(bytes: Buffer, before: number): number {
  let value = ~before;
  for (const byte of bytes) value = (table[(value ^ byte) & 0xff] as number) ^ (value >>> 8);
  return ~value >>> 0;
}
