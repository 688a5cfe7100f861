import type { Entry } from "../types/entry.js";
import type { SkippedDuplicate } from "../types/outcome.js";
import type { Source } from "../types/source-file.js";
import { mergeRowsOfOneId } from "./merge-rows-of-one-id.js";
import type { ReadingContext } from "./pipeline-context.js";
import type { ReadAllSources } from "./read-all-sources.js";
import { findRowsToMerge, type RowToMerge } from "./rows-to-merge.js";

/** Merges rows with one id into the first of them, in each pass that compares records with Redis. */
export interface Merger {
  /** The record that counts in the place of the first row of an id: its own, or with the other rows merged into it. */
  recordOf(first: Entry): Entry | Promise<Entry>;
  /** What became of a row when it was to be merged with one before it; null where it has another id, or stands elsewhere by now. */
  outcomeOf(row: Entry, source: number): SkippedDuplicate | null;
  close(): void;
}

interface MergedRows {
  readonly rows: readonly RowToMerge[];
  readonly outcomes: readonly SkippedDuplicate[];
  /** The place of the one that comes next. */
  next: number;
}

/**
 * Finds the rows to merge in one pass over all sources.
 * @throws MigrateError `duplicates-not-kept`, and `source-changed`
 */
export async function openMerger(context: ReadingContext, readAllSources: ReadAllSources): Promise<Merger> {
  const { sources, reader } = context;
  const { byKey, values } = await findRowsToMerge(context, readAllSources);
  /** Of rows that were merged, and are still to come, what became of them. */
  const pending = new Map<string, MergedRows>();
  const merge = async (first: Entry, key: string, rows: readonly RowToMerge[]): Promise<Entry> => {
    const { entry, outcomes } = await mergeRowsOfOneId(
      first,
      rows,
      reader.lifetime,
      async ({ kept, source, place }) => {
        if (kept !== null) return { value: await values.read(kept) };
        return reader.valueAt(sources[source] as Source, place.offset, first);
      },
    );
    pending.set(key, { rows, outcomes, next: 0 });
    return entry;
  };
  return {
    recordOf: (first) => {
      if (byKey.size === 0) return first;
      const key = first.redisKey.reveal();
      const rows = byKey.get(key);
      return rows === undefined ? first : merge(first, key, rows);
    },
    outcomeOf: (row, source) => {
      const key = row.redisKey.reveal();
      const merged = pending.get(key);
      const expected = merged?.rows[merged.next];
      if (merged === undefined || expected?.source !== source || expected.place.offset !== row.place.offset)
        return null;
      const outcome = merged.outcomes[merged.next] ?? null;
      merged.next += 1;
      if (merged.next === merged.rows.length) pending.delete(key);
      return outcome;
    },
    close: values.close,
  };
}
