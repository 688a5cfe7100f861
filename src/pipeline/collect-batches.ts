import type { SeenKeys } from "../record/seen-keys.js";
import type { Entry } from "../types/entry.js";
import type { SkippedDuplicate } from "../types/outcome.js";
import { type DuplicateRule, seenRowOf } from "./choose-among-duplicates.js";
import { compareWithWinner } from "./compare-duplicates.js";
import type { PipelineContext } from "./pipeline-context.js";
import { reject } from "./rejected-records.js";

/** How large a batch gets: smaller ones cost more time a record, larger ones leave Redis waiting in between (measured). */
const batchLimits = { count: 128, bytes: 256 * 1024 };

/** Records that are sent together. */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly bytes: number;
  /** Rows before or among them in whose place another counts: counted in the order of the files. */
  readonly duplicates: readonly { readonly entry: Entry; readonly skipped: SkippedDuplicate }[];
  /** To be called once they and all before them are settled: their values' memory is used again. */
  readonly release: (() => void) | undefined;
}

/**
 * Reads all sources into batches, once; what is no record is rejected at once. After an abort the batch that was begun
 * is the last one.
 * @param seen gets the Redis key of each record
 */
export async function* collectBatches(
  context: PipelineContext,
  { duplicateRule, onRead }: { duplicateRule: DuplicateRule; onRead: (bytes: number) => void },
  seen: SeenKeys,
): AsyncGenerator<Batch> {
  const { sources, reader, rejects, summary, hooks, signal } = context;
  let entries: Entry[] = [];
  let bytes = 0;
  let duplicates: Batch["duplicates"][number][] = [];
  const takeBatch = (release?: () => void): Batch => {
    const batch = { entries, bytes, duplicates, release };
    entries = [];
    bytes = 0;
    duplicates = [];
    return batch;
  };
  for (const [ordinal, source] of sources.entries()) {
    hooks.note?.(`reading ${source.path}, ${source.bytes} bytes`);
    const seekable = await reader.canSeek(source);
    let last = 0;
    for await (const { items, bytesRead, otherSets, release } of reader.recordsOf(source)) {
      for (const entry of items) {
        if (signal?.aborted) break;
        if ("rejection" in entry) {
          reject(entry, summary, rejects);
          continue;
        }
        const winner = duplicateRule(seen, entry, seenRowOf(entry, ordinal, seekable));
        if (winner !== null) {
          const skipped = await compareWithWinner(entry, winner, context);
          const { kind, place, value } = entry;
          if (skipped.reason !== null) rejects?.add({ kind, place, reason: skipped.reason }, value);
          duplicates.push({ entry, skipped });
          continue;
        }
        entries.push(entry);
        bytes += entry.bytes;
        if (entries.length >= batchLimits.count || bytes >= batchLimits.bytes) yield takeBatch();
      }
      const isEmpty = entries.length === 0 && duplicates.length === 0 && release === undefined;
      // After an abort even an empty one: the pass ends with it.
      if (!isEmpty || signal?.aborted) yield takeBatch(release);
      summary.skipSets(source, otherSets);
      onRead(bytesRead - last);
      last = bytesRead;
    }
  }
}
