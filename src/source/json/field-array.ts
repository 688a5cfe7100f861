import { Walk } from "./grammar.js";
import { ownNames } from "./library-field-names.js";

/** So much of an array, and of what stands behind it, is read. In bytes. */
const longestArray = 256 * 1024;
const longestFollower = 128;

const opening = Buffer.from("[");

/**
 * An array without a name may be that of a field whose name is damaged: it is, where a field of a record follows.
 * @param begun whether its opening bracket is damaged too, and one of its elements begins here
 * @returns the position up to which it was read, which is its end if it is that of a field; null where that needs more bytes
 */
export function readFieldArray(
  window: Buffer,
  at: number,
  ended: boolean,
  begun = false,
): { readonly isField: boolean; readonly end: number } | null {
  const part = window.subarray(at, at + longestArray);
  const walk = new Walk({ isRow: () => false });
  if (begun) walk.feed(opening, 0, 0);
  const outcome = walk.feed(part, 0, 0);
  const enough = ended || part.length === longestArray;
  if (outcome === "more" && !enough) return null;
  const behind = part.toString("latin1", walk.at, walk.at + longestFollower);
  if (outcome === "whole" && behind.length < longestFollower && !enough) return null;
  const field = /^\s*,\s*"(\w+)"\s*:/.exec(behind)?.[1];
  return { isField: outcome === "whole" && field !== undefined && ownNames.has(field), end: at + walk.at };
}
