import { LINE_FEED } from "./characters.js";

/** Whether nothing but this white space stands before a position on its line, which begins behind `least`. */
export function beginsLine(window: Buffer, at: number, indent: string, least = 0): boolean {
  const from = at - indent.length;
  if (from <= least || window[from - 1] !== LINE_FEED) return false;
  return standsAt(window, from, indent);
}

/** Whether the bytes from `from` on begin with this white space. */
export function standsAt(window: Buffer, from: number, indent: string): boolean {
  for (let at = 0; at < indent.length; at += 1) if (window[from + at] !== indent.charCodeAt(at)) return false;
  return true;
}
