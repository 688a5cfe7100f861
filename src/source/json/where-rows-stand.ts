import type { Kind } from "../../types/kind.js";
import type { Level } from "./scanner-visitor.js";

/** Rows that are known by their indentation alone, for when the levels around them are damaged. */
export interface TidyRow {
  readonly indent: string;
  /** How many levels are around a row, each indented by an equal share. The innermost is an array. */
  readonly depth: number;
  /** Whether the file may be indented in other steps: then the indentation of its outermost level must fit too. */
  readonly unsure: boolean;
}

/** How a file's rows stand, to recognise the next one behind damage. */
export interface Rows {
  /** Whether each stands under its id, or its Redis key. */
  readonly byId: boolean;
  /** The id that a row has by the name under which it stands. */
  readonly idUnder: (name: string) => string;
  /** White space before a row, in a file whose lines tell where rows begin; null otherwise. */
  readonly tidyIndent: string | null;
}

/** What a scanner knows of a file's layout, to go on behind damage. */
export interface Layouts extends Omit<Rows, "tidyIndent"> {
  /** Whether the file is damaged before it tells its layout. */
  readonly damaged?: boolean;
  /** Whether a row of this kind stands below this path. */
  takes(path: readonly Level[], kind: Kind): boolean;
  /** Whether these bytes are a row, if they stand at this path. */
  isRow(path: readonly Level[], bytes: Buffer): boolean;
}
