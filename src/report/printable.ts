import { plural } from "./units.js";

/**
 * Foreign text made safe for a terminal: control and bidirectional characters are escaped, so that an id cannot move
 * the cursor or hide what follows. So is the bracket of `##[`, with which a command for GitHub's runner may begin.
 */
export function printable(text: string): string {
  const unsafe = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|(?<=##)\[/gu;
  return text.replace(unsafe, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Longest name that a line of text shows whole, in characters. */
const longestName = 80;

/** A name made safe, and cut to fit a line. */
export function shortName(text: string): string {
  if (text === "") return '""';
  const characters = Array.from(text);
  if (characters.length <= longestName) return printable(text);
  return `${printable(characters.slice(0, longestName).join(""))}… (${plural(characters.length, "character")})`;
}

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`;
}
