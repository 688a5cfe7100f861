import type { Source } from "../types/source-file.js";
import { formatOfFile } from "./other-formats.js";
import { rejectedWithoutText } from "./rejected-text.js";
import { noFastRows, type RowBatch, type SplitOptions } from "./row-batch.js";
import { splitDocument } from "./split-document.js";
import { firstLine, splitJsonLines } from "./split-json-lines.js";

/**
 * Cuts a source into the raw text of its records, chunk by chunk, and reports where it cannot.
 * @throws MigrateError `source-unreadable`, `source-abandoned`
 */
export async function* splitIntoRows(source: Source, options: SplitOptions = {}): AsyncGenerator<RowBatch> {
  if (source.layout === "unreadable") return yield await nameFormat(source);
  const linesFrom = source.layout === "lines" ? firstLine : yield* splitDocument(source, options);
  if (linesFrom !== null) yield* splitJsonLines(source, linesFrom);
}

/** Reports of a source of another format which one that is. */
async function nameFormat(source: Source): Promise<RowBatch> {
  const format = await formatOfFile(source);
  const place = { source: source.path, index: null, offset: 0, line: 1 };
  const reason = format === null ? "this is not JSON" : `is ${format.name}, not JSON. ${format.todo}`;
  const items = [rejectedWithoutText({ kind: null, place, reason })];
  return { items, ...noFastRows, bytesRead: source.bytes, otherSets: new Map() };
}
