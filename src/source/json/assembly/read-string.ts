import { BACKSLASH, NINE, QUOTE, SPACE, ZERO } from "../bytes";
import { byteAt, goOn, limit, position, runOut, target } from "./row-in-hand";

/** The highest bits of all bytes of strings, ored: none is set where all is ASCII. */
let highBits: i32 = 0;

export function forgetHighBits(): void {
  highBits = 0;
}

export function isAscii(): bool {
  return highBits === 0;
}

/** Reads a string, and writes it as it is. Most of a file's bytes are in strings: 16 are looked at at once. */
export function readString(): bool {
  const end = limit();
  let here = position() + 1;
  let to = target() + 1;
  let high = 0;
  store<u8>(to - 1, QUOTE);
  for (;;) {
    const sixteen = v128.load(here);
    v128.store(to, sixteen);
    high |= i8x16.bitmask(sixteen);
    const plain = ctz(specialIn(sixteen) | (1 << 16));
    here += plain;
    to += plain;
    if (here >= end) return runOut();
    if (plain === 16) continue;
    const byte = byteAt(here);
    if (byte === QUOTE) break;
    // A control character.
    if (byte !== BACKSLASH) return false;
    const length = lengthOfEscape(here, end);
    if (length === 0) return false;
    if (length < 0) return runOut();
    store<u64>(to, load<u64>(here));
    here += length;
    to += length;
  }
  store<u8>(to, QUOTE);
  highBits |= high;
  goOn(here + 1, to + 1);
  return true;
}

/** A bit for each of 16 bytes: whether it is a quote, a backslash, or what may not stand in a string at all. */
function specialIn(sixteen: v128): i32 {
  const quotes = i8x16.eq(sixteen, i8x16.splat(i8(QUOTE)));
  const backslashes = i8x16.eq(sixteen, i8x16.splat(i8(BACKSLASH)));
  const controls = i8x16.lt_u(sixteen, i8x16.splat(i8(SPACE)));
  return i8x16.bitmask(v128.or(v128.or(quotes, backslashes), controls));
}

/** How long the escape is that begins here, if `JSON.stringify` writes it so; 0 where not, -1 where it is cut off. */
function lengthOfEscape(here: i32, end: i32): i32 {
  if (here + 1 >= end) return -1;
  switch (byteAt(here + 1)) {
    case QUOTE:
    case BACKSLASH:
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return 2;
    case 0x75: // u
      if (here + 6 > end) return -1;
      return isControl(here + 2) ? 6 : 0;
    default:
      return 0;
  }
}

/** Whether four digits are those of a control character that has no short escape, as `JSON.stringify` writes it. */
function isControl(digits: i32): bool {
  if (byteAt(digits) !== ZERO || byteAt(digits + 1) !== ZERO) return false;
  const sixteens = byteAt(digits + 2) - ZERO;
  if (sixteens !== 0 && sixteens !== 1) return false;
  const last = byteAt(digits + 3);
  const isLetter = last >= 0x61 && last <= 0x66;
  if (!isLetter && (last < ZERO || last > NINE)) return false;
  const code = sixteens * 16 + last - (isLetter ? 0x61 - 10 : ZERO);
  return code < 8 || code === 11 || code > 13;
}
