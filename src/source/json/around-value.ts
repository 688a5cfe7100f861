import { COLON, isWhite, QUOTE } from "./characters.js";

/** A longer name is no id. In bytes, with what may stand around it. */
export const lookBehind = 1024;

/** The name under which the value at a position stands, if any. */
export function nameBefore(
  window: Buffer,
  base: number,
  at: number,
  first: number,
): { readonly name: string | null; readonly nameAt: number } {
  const least = Math.max(first - base, at - lookBehind, 0);
  const colon = skipWhite(window, at - 1, least);
  if (colon < least || window[colon] !== COLON) return { name: null, nameAt: at };
  const quote = skipWhite(window, colon - 1, least);
  if (quote < least || window[quote] !== QUOTE) return { name: "", nameAt: base + colon };
  const opening = window.subarray(least, quote).lastIndexOf(QUOTE);
  if (opening < 0) return { name: "", nameAt: base + colon };
  const name = window.toString("utf8", least + opening + 1, quote);
  return { name, nameAt: base + least + opening };
}

/** Position of the byte before this one that is not white space. */
function skipWhite(window: Buffer, from: number, least: number): number {
  let at = from;
  while (at >= least && isWhite(window[at] as number)) at -= 1;
  return at;
}

/** The next two bytes from `from` on that are no white space. */
export function tokensBehind(window: Buffer, from: number): number[] {
  const found: number[] = [];
  for (let at = from; at < window.length && found.length < 2; at += 1) {
    const byte = window[at] as number;
    if (!isWhite(byte)) found.push(byte);
  }
  return found;
}
