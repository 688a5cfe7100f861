import { SeenKeys } from "../record/seen-keys.js";
import { readable } from "../redis/end-verify-when-unreadable.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import type { BatchAction, BatchOutcome } from "./batch-action.js";
import { type Failure, throughWindow } from "./batches-in-flight.js";
import type { DuplicateRule } from "./choose-among-duplicates.js";
import { type Batch, collectBatches } from "./collect-batches.js";
import { countExtraKeys } from "./extra-keys.js";
import type { PipelineContext } from "./pipeline-context.js";

/** Twice as many bytes in flight, as four times as many, cost 10 MB and more at the peak, and gain no time (measured). */
const inFlight = { count: 16, bytes: 2 * 1024 * 1024 };

/** How all sources are read once. */
export interface Pass {
  readonly action: BatchAction;
  readonly duplicateRule: DuplicateRule;
  /** Called with the bytes of the sources read since the last call. */
  readonly onRead: (bytes: number) => void;
  /** Called with each record that counts, in the order of the files. */
  readonly onSettled: (entry: Entry, settled: Settled) => void;
}

type SettledBatch = BatchOutcome & { readonly batch: Batch };

/** Does the pass's action with all records of all sources, several batches at a time; to verify, finds extra keys too. */
export async function runPass(context: PipelineContext, pass: Pass): Promise<void> {
  const { store, summary, options, signal, prefix } = context;
  const { action, onRead, onSettled } = pass;
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
        for await (const batch of collectBatches(context, pass, seen, unsettled)) {
          if (window.full) await window.room();
          // Where Redis holds the records, what it answers with takes as much again.
          window.add(prefix.isEmpty ? batch.bytes : batch.bytes * 2, () => act(batch));
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
      giveUp: store.close,
    });
  } finally {
    // Where something failed, what was read and rejected before counts all the same.
    for (const batch of unsettled) settleAll(batch, [], onSettled);
  }
  if (signal?.aborted) return;
  summary.finish();
  onRead(0);
  if (options.mode === "verify") await readable(() => countExtraKeys(context, seen));
}

/**
 * Counts all rows of a batch, in the order of the file.
 * @param settled what became of its entries; of those beyond, nothing is known
 * @throws what `onSettled` threw first, once all are settled: the others are in Redis all the same, and count
 */
function settleAll(
  { entries, others }: Batch,
  settled: BatchOutcome["settled"],
  onSettled: Pass["onSettled"],
): void {
  let failure: Failure | null = null;
  let counted = 0;
  const countOthers = (mostBefore: number) => {
    for (let other = others[counted]; other && other.behind <= mostBefore; other = others[counted]) {
      other.count();
      counted += 1;
    }
  };
  for (const [index, entry] of entries.entries()) {
    countOthers(index);
    const one = settled[index] ?? null;
    if (one === null) continue;
    try {
      onSettled(entry, one);
    } catch (error) {
      failure ??= { error };
    }
  }
  countOthers(entries.length);
  if (failure !== null) throw failure.error;
}
