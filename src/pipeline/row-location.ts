import { type Kind, setOf } from "../types/kind.js";
import type { Place } from "../types/row.js";

/**
 * A row as people find it: `db.json, conversations row 7`, counted from 0 as in the file's arrays; by its offset where
 * its number is not known.
 */
export function placeName(kind: Kind, { source, index, offset }: Omit<Place, "line">): string {
  return index === null ? `${source}, byte ${offset}` : `${source}, ${setOf[kind]} row ${index}`;
}
