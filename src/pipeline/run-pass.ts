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

type SettledBatch = Batch & BatchOutcome;

/** Does the pass's action with all records of all sources, several batches at a time; to verify, finds extra keys too. */
export async function runPass(context: PipelineContext, pass: Pass): Promise<void> {
  const { store, summary, options, signal } = context;
  const { action, onRead, onSettled } = pass;
  const seen = new SeenKeys();
  await throughWindow<SettledBatch>({
    limits: inFlight,
    feed: async (window) => {
      for await (const batch of collectBatches(context, pass, seen)) {
        if (window.full) await window.room();
        window.add(batch.bytes, async () => ({ ...batch, ...(await action(batch.entries, context)) }));
        // Before the reader is closed, which may take longer than what is in flight.
        if (signal?.aborted) {
          const drained = window.drain();
          // It may fail before the reader is closed; until then nobody else handles that.
          drained.catch(() => {});
          return drained;
        }
      }
    },
    settle: (batch) => {
      for (const { entry, skipped } of batch.duplicates) summary.skipDuplicate(entry, skipped);
      settleAll(batch, onSettled);
      if (batch.failure === null) batch.release?.();
    },
    failureOf: ({ failure }) => failure,
    giveUp: store.close,
  });
  if (signal?.aborted) return;
  summary.finish();
  onRead(0);
  if (options.mode === "verify") await readable(() => countExtraKeys(context, seen));
}

/** @throws what `onSettled` threw first, once all are settled: the others are in Redis all the same, and count */
function settleAll({ entries, settled }: SettledBatch, onSettled: Pass["onSettled"]): void {
  let failure: Failure | null = null;
  for (const [index, one] of settled.entries()) {
    if (one === null) continue;
    try {
      onSettled(entries[index] as Entry, one);
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure !== null) throw failure.error;
}
