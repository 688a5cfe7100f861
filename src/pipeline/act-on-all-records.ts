import { SeenKeys } from "../record/seen-keys.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import type { BatchOutcome } from "./batch-action.js";
import { type Failure, throughWindow } from "./batches-in-flight.js";
import { type Batch, collectBatches, type OtherRow } from "./collect-batches.js";
import type { DuplicateHandling } from "./handle-duplicates.js";
import type { ReadingContext } from "./pipeline-context.js";

/** Twice as many bytes in flight, as four times as many, cost 10 MB and more at the peak, and gain no time (measured). */
const inFlight = { count: 16, bytes: 2 * 1024 * 1024 };

/** How the records of all sources are read. */
export interface Reading extends DuplicateHandling {
  /** Called with the bytes of the sources read since the last call. */
  readonly onRead: (bytes: number) => void;
}

/** How all sources are read once, and what is done with each record. */
export interface Pass<Context> extends Reading {
  readonly action: (entries: readonly Entry[], context: Context) => Promise<BatchOutcome>;
  /** Called with each record that counts, in the order of the files. */
  readonly onSettled: (entry: Entry, settled: Settled) => void;
}

/** What a pass asks of Redis. */
interface RedisInPass {
  /** Makes what is in flight fail at once. */
  readonly giveUp: () => void;
  /** Whether what Redis holds is read too. */
  readonly isRead: () => boolean;
}

type SettledBatch = BatchOutcome & { readonly batch: Batch };

/**
 * Does the pass's action with all records of all sources, several batches at a time.
 * @returns the keys of all records; null where it was interrupted
 */
export async function actOnAllRecords<Context extends ReadingContext>(
  context: Context,
  { action, onSettled, ...reading }: Pass<Context>,
  { giveUp, isRead }: RedisInPass,
): Promise<SeenKeys | null> {
  const { summary, signal } = context;
  const seen = new SeenKeys();
  // Not a set: one that is rehashed all the time keeps what was deleted alive in old memory (measured: 17 MB).
  const unsettled: Batch[] = [];
  const act = async (batch: Batch): Promise<SettledBatch> => {
    try {
      return { batch, ...(await action(batch.entries, context)) };
    } catch (error) {
      return { batch, settled: [], failure: { error } };
    }
  };
  try {
    await throughWindow<SettledBatch>({
      limits: inFlight,
      feed: async (window) => {
        for await (const batch of collectBatches(context, reading, seen, unsettled)) {
          if (window.full) await window.room();
          // Where Redis holds the records, what it answers with takes as much again.
          window.add(isRead() ? batch.bytes * 2 : batch.bytes, () => act(batch));
          // Before the reader is closed, which may take longer than what is in flight.
          if (signal?.aborted) {
            const drained = window.drain();
            // It may fail before the reader is closed; until then nobody else handles that.
            drained.catch(() => {});
            return drained;
          }
        }
      },
      settle: ({ batch, settled, failure }) => {
        unsettled.shift();
        settleAll(batch, settled, onSettled);
        if (failure === null) batch.release?.();
      },
      failureOf: ({ failure }) => failure,
      giveUp,
    });
  } finally {
    // Where something failed, what was read and rejected before counts all the same.
    for (const batch of unsettled) settleAll(batch, [], onSettled);
  }
  if (signal?.aborted) return null;
  summary.finish();
  reading.onRead(0);
  return seen;
}

/**
 * Counts all rows of a batch, in the order of the file.
 * @param settled what became of its entries; of those beyond, nothing is known
 * @throws what `onSettled` threw first, once all are settled: the others are in Redis all the same, and count
 */
function settleAll(
  { entries, others }: Batch,
  settled: BatchOutcome["settled"],
  onSettled: (entry: Entry, settled: Settled) => void,
): void {
  let failure: Failure | null = null;
  let counted = 0;
  for (let index = 0; index <= entries.length; index += 1) {
    for (; counted < others.length && (others[counted] as OtherRow).behind <= index; counted += 1)
      (others[counted] as OtherRow).count();
    const one = index < settled.length ? (settled[index] as Settled | null) : null;
    if (one === null) continue;
    try {
      onSettled(entries[index] as Entry, one);
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure !== null) throw failure.error;
}
