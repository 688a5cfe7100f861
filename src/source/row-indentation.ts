import type { Layout } from "../types/source-file.js";
import type { Level } from "./json/scanner-visitor.js";
import type { TidyRow } from "./json/where-rows-stand.js";
import { layoutTraits } from "./layout-traits.js";

/**
 * Where rows stand in a file as `dbcontext` writes it, by `JSON.stringify(x, null, 4)`: on a line that begins with an
 * object after just this white space. So they can be found even where the names above them are damaged.
 */
const indentedRow: Omit<TidyRow, "unsure"> = { indent: " ".repeat(12), depth: 3 };

/** The indentation by which a row is known in a file of this layout; null for none. */
export function rowIndentationOf(layout: Layout): TidyRow | null {
  const { indentedRows } = layoutTraits[layout];
  return indentedRows === "no" ? null : { ...indentedRow, unsure: indentedRows === "unsure" };
}

/** Whether a row was found by its indentation alone, in a set whose name was lost. */
export function isInNamelessSet(path: readonly Level[]): boolean {
  return path.length === indentedRow.depth && path[0]?.array === false && path[0].name === "";
}
