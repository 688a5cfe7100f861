import { type Kind, setOf } from "../types/kind.js";
import type { Place } from "../types/row.js";
import { printable } from "./printable.js";

/** A row by its source and number: `db.json, conversations row 7`; the source alone, where the row has no number. */
export function rowText(kind: Kind | null, { source, index }: Place): string {
  const row = kind === null || index === null ? "" : `, ${setOf[kind]} row ${index}`;
  return `${printable(source)}${row}`;
}

/** The same with its line: `db.json, conversations row 7 (line 12)`. */
export function placeText(kind: Kind | null, place: Place): string {
  return `${rowText(kind, place)} (line ${place.line})`;
}
