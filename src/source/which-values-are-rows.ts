import type { Layout } from "../types/source-file.js";
import { OPENS_ARRAY, OPENS_NULL, OPENS_OBJECT, OPENS_STRING, opensContainer } from "./first-byte.js";
import type { Disposition, Level } from "./json/scanner-visitor.js";
import { isSetName, redisKeyIn, unnested } from "./kind-and-id-by-path.js";
import { isInNamelessSet } from "./row-indentation.js";

/**
 * What to do with each value of a legacy file. Rows stand in
 * - `{"<set>": {"rows": [ … ], "name": "<set>"}}`, as `dbcontext` 1.0.0 to 1.0.4 writes them, or `{"rows": { … }}`,
 * - `{"<set>": [ … ]}`, flattened, and `{"<set>": {"<id>": { … }}}`, by id,
 * - `{"<prefix><set>:<id>": { … }}`, by Redis key,
 * - `[ … ]`, or are the file itself.
 * Wherever an object can stand as a row, what stands in its place is taken too, so that it is counted. Rows of sets
 * other than the two are skipped one at a time, so that they can be counted.
 */
export function disposition(layout: Layout, path: readonly Level[], opens: number): Disposition {
  const [root, set, row] = unnested(path);
  const container = opensContainer(opens);
  if (root === undefined) {
    if (layout === "record") return "take";
    return container ? "enter" : "skip";
  }
  if (root.array || isInNamelessSet(path)) return "take";
  const ours = isSetName(root.name);
  // In a damaged file, rows whose set has lost its name still stand under their own.
  const bare = layout === "damaged" && root.name === "rows";
  if (set === undefined) {
    const single = layout === "by-key" || opens === OPENS_OBJECT || opens === OPENS_STRING;
    if (single && redisKeyIn(root.name) !== null) return "take";
    // A set that is null holds nothing; any other value may hold what nobody can read.
    return container ? "enter" : ours && opens !== OPENS_NULL ? "take" : "skip";
  }
  if (set.array) return ours || bare ? "take" : "skip";
  if (row !== undefined) return ours ? "take" : "skip";
  // In our own sets any array is taken for the rows, also where their name was damaged.
  if (opens === OPENS_ARRAY && (ours || set.name === "rows")) return "enter";
  if (!ours) return "skip";
  if (layout === "by-id") return "take";
  if (opens === OPENS_OBJECT) return set.name === "rows" ? "enter" : "take";
  if (set.name === "rows") return opens === OPENS_NULL ? "skip" : "take";
  // Its `name` is no record.
  return opens === OPENS_STRING && set.name !== "name" ? "take" : "skip";
}

const emptyText = Buffer.from('""');

/**
 * Whether a value that was taken is a text that describes a set, such as its `name`, and no record. In an object of
 * records by id each value stands for a record, but for that name.
 */
export function isPlainText(layout: Layout, path: readonly Level[], bytes: Buffer): boolean {
  const [root, set, ...deeper] = unnested(path);
  if (root === undefined || root.array || set?.array || deeper.length > 0) return false;
  if (layout === "by-id" && set !== undefined && set.name !== "name") return false;
  if (layout === "by-key" && set === undefined) return false;
  // In place of a set, or of its rows, nothing but an empty text holds nothing.
  if (isSetName(root.name) && (set === undefined || set.name === "rows")) return bytes.equals(emptyText);
  return bytes[0] === OPENS_STRING && !/^"(?:\\[nrt]| )*[{[]/.test(bytes.toString("latin1", 0, 256));
}
