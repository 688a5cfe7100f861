import type { Layout } from "../types/source-file.js";

/** What a layout's rows can be recognised by; whoever adds a layout answers this here. */
interface LayoutTraits {
  /** Whether the file names the sets of this library. */
  readonly namesSets: boolean;
  /**
   * Whether a row is known by its indentation, as `dbcontext` writes it, for finding it behind damage. `unsure`: one
   * damaged bracket makes the library's own file look like this layout.
   */
  readonly indentedRows: "yes" | "unsure" | "no";
  /** Whether a set in which no rows were seen may hold records by id. */
  readonly mixesWithById: boolean;
}

const asRows: LayoutTraits = { namesSets: false, indentedRows: "yes", mixesWithById: false };

export const layoutTraits: Readonly<Record<Layout, LayoutTraits>> = {
  dbcontext: { namesSets: true, indentedRows: "yes", mixesWithById: true },
  arrays: { namesSets: true, indentedRows: "unsure", mixesWithById: true },
  "by-id": { namesSets: true, indentedRows: "unsure", mixesWithById: false },
  // By their Redis key, it is messages that have the indentation of rows.
  "by-key": { namesSets: true, indentedRows: "no", mixesWithById: true },
  array: { namesSets: false, indentedRows: "no", mixesWithById: false },
  record: { namesSets: false, indentedRows: "no", mixesWithById: false },
  damaged: asRows,
  lines: asRows,
  unreadable: asRows,
};
