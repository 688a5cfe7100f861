import type { Kind } from "../model.js";
import type { Disposition, Level } from "./scan.js";

const OPENS_OBJECT = 0x7b;
const OPENS_ARRAY = 0x5b;

const kindOfSet: ReadonlyMap<string, Kind> = new Map([
  ["conversations", "conversation"],
  ["keys", "key"],
]);

/** The kind of record that stands at, or would stand below, `path`; null outside both sets. */
export function kindAt(path: readonly Level[]): Kind | null {
  const [root] = path;
  return root === undefined || root.array ? null : (kindOfSet.get(root.name) ?? null);
}

/**
 * Where `dbcontext` keeps rows (1.0.0 to 1.0.4): `{"<set>": {"rows": [ … ], "name": "<set>"}}`. What else stands
 * in the file, sets of other names and plain values, is passed by.
 */
export function disposition(path: readonly Level[], opens: number): Disposition {
  const [root, set, rows] = path;
  if (root === undefined) return opens === OPENS_OBJECT ? "enter" : "skip";
  if (kindAt(path) === null) return "skip";
  if (set === undefined) return opens === OPENS_OBJECT ? "enter" : "skip";
  if (rows === undefined) return set.name === "rows" && opens === OPENS_ARRAY ? "enter" : "skip";
  return "take";
}
