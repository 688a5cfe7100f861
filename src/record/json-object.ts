import { isDeepStrictEqual } from "node:util";

/** A JSON object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two parsed JSON values are the same, whatever the order of members. */
export function sameValue(a: unknown, b: unknown): boolean {
  try {
    return isDeepStrictEqual(a, b);
  } catch {
    // Nested deeper than the stack: what cannot be shown to be the same counts as different.
    return false;
  }
}
