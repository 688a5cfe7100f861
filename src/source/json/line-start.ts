import { LINE_FEED } from "./characters.js";

/** Whether nothing but this white space stands before a position on its line, which begins behind `least`. */
export function beginsLine(window: Buffer, at: number, indent: string, least = 0): boolean {
  const from = at - indent.length;
  if (from <= least || window[from - 1] !== LINE_FEED) return false;
  return window.toString("latin1", from, at) === indent;
}
