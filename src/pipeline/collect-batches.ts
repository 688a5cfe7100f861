import type { SeenKeys } from "../record/seen-keys.js";
import type { Entry } from "../types/entry.js";
import type { Reading } from "./act-on-all-records.js";
import { seenRowOf } from "./choose-among-duplicates.js";
import { compareWithWinner } from "./compare-duplicates.js";
import type { ReadingContext } from "./pipeline-context.js";
import { countRejected } from "./rejected-records.js";

/** How large a batch gets: smaller ones cost more time a record, larger ones leave Redis waiting in between (measured). */
const batchLimits = { count: 128, bytes: 512 * 1024 };

/** Records that are sent together. */
export interface Batch {
  readonly entries: Entry[];
  bytes: number;
  /** Rows before, among and behind them that are not compared with Redis, in the order of the file. */
  readonly others: OtherRow[];
  /** To be called once they and all before them are settled: their values' memory is used again. */
  release: (() => void) | undefined;
}

/** A row that is no record, or in whose place another counts. */
export interface OtherRow {
  /** How many entries of the batch stand before it. */
  readonly behind: number;
  /** Counts it and reports it: in the order of the files, and so once all before it are settled. */
  readonly count: () => void;
}

/**
 * Reads all sources into batches, once; what could not be migrated is kept in the file of --rejects at once. After an
 * abort the batch that was begun is the last one.
 * @param seen gets the Redis key of each record
 * @param begun gets each batch as soon as it is begun, for where reading fails the last one is not handed out
 */
export async function* collectBatches(
  context: ReadingContext,
  { duplicateRule, merger, onRead }: Reading,
  seen: SeenKeys,
  begun: Batch[],
): AsyncGenerator<Batch> {
  const { sources, reader, rejects, summary, hooks, signal } = context;
  const beginBatch = (): Batch => {
    const batch = { entries: [], bytes: 0, others: [], release: undefined };
    begun.push(batch);
    return batch;
  };
  let batch = beginBatch();
  const takeBatch = (release?: () => void): Batch => {
    const taken = batch;
    taken.release = release;
    batch = beginBatch();
    return taken;
  };
  const addOther = (count: () => void) => batch.others.push({ behind: batch.entries.length, count });
  for (const [ordinal, source] of sources.entries()) {
    hooks.note?.(`reading ${source.path}, ${source.bytes} bytes`);
    const seekable = await reader.canSeek(source);
    let last = 0;
    for await (const { items, bytesRead, otherSets, release } of reader.recordsOf(source)) {
      for (const entry of items) {
        if (signal?.aborted) break;
        if ("rejection" in entry) {
          addOther(countRejected(entry, summary));
          rejects?.add(entry.rejection, entry.bytes, entry.continued);
          continue;
        }
        const winner = duplicateRule(seen, entry, seenRowOf(entry, ordinal, seekable));
        if (winner !== null) {
          const merged = merger?.outcomeOf(entry, ordinal) ?? null;
          const skipped = merged ?? (await compareWithWinner(entry, winner, context));
          const { kind, place, value } = entry;
          addOther(() => summary.skipDuplicate(entry, skipped));
          if (skipped.reason !== null && !skipped.merged)
            rejects?.add({ kind, place, reason: skipped.reason }, value);
          continue;
        }
        const record = merger === null ? entry : await merger.recordOf(entry);
        batch.entries.push(record);
        batch.bytes += record.bytes;
        const { entries, bytes } = batch;
        if (entries.length >= batchLimits.count || bytes >= batchLimits.bytes) yield takeBatch();
      }
      const isEmpty = batch.entries.length === 0 && batch.others.length === 0 && release === undefined;
      // After an abort even an empty one: the pass ends with it.
      if (!isEmpty || signal?.aborted) yield takeBatch(release);
      summary.skipSets(source, otherSets);
      onRead(bytesRead - last);
      last = bytesRead;
    }
  }
}
