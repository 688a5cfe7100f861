import type { Place, Row } from "../types/row.js";
import type { Layout } from "../types/source-file.js";
import { OPENS_OBJECT } from "./first-byte.js";
import type { Level, Visitor } from "./json/scanner-visitor.js";
import { idAt, kindAt, mustShowSign } from "./kind-and-id-by-path.js";
import { type RejectedText, rejectedWithoutText } from "./rejected-text.js";
import { watchSets } from "./sets-that-stand-twice.js";
import { disposition, isPlainText } from "./which-values-are-rows.js";

/** What comes of a document that is scanned. */
export interface RowSink {
  readonly layout: Layout;
  /** Rows of other sets that were skipped, by the name of their set: counted here. */
  readonly otherSets: Map<string, number>;
  add(item: Row | RejectedText): void;
  /** @param offset bytes from the start of what is scanned; the line counts from its start too */
  placeOf(path: readonly Level[], offset: number, line: number): Place;
  /** Where the scanner is. */
  here(): Place;
}

/** What a scanner asks as it walks through a document: takes its rows, and counts or reports what else holds any. */
export function takeRows(sink: RowSink): Pick<Visitor, "value" | "taken"> {
  const sets = watchSets(sink.layout);
  return {
    value: (path, opens) => {
      const problem = sets.problemAt(path, opens);
      if (problem !== null) sink.add(rejectedWithoutText({ ...problem, place: sink.here() }));
      const what = disposition(sets.layoutAt(path), path, opens);
      if (what !== "take") countOtherSet(sink.otherSets, path, opens);
      return what;
    },
    taken: (path, { bytes, offset, line }) => {
      if (isPlainText(sets.layoutAt(path), path, bytes)) return;
      const place = sink.placeOf(path, offset, line);
      sink.add({ kind: kindAt(path), id: idAt(path), place, bytes, mustShowSign: mustShowSign(path) });
    },
  };
}

/** The position of a row in its set; null for what stands in none, or where rows before it were lost. */
export function indexAt(path: readonly Level[]): number | null {
  const level = path.at(-1);
  return level === undefined || path[0]?.adopted ? null : Math.max(0, level.index);
}

/** Counts a row that is skipped at `path`, if one of a set of another name stands there. */
function countOtherSet(counts: Map<string, number>, path: readonly Level[], opens: number): void {
  const [root, set, row] = path;
  if (root === undefined || root.array || root.name === "" || kindAt(path) !== null) return;
  // In a plain array, only objects make it a set.
  if (row === undefined && !(set?.array && opens === OPENS_OBJECT)) return;
  counts.set(root.name, (counts.get(root.name) ?? 0) + 1);
}
