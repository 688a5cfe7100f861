import type { Step } from "../journal/format.js";
import type { ReadJournal } from "../journal/read.js";
import type { Options } from "../options.js";
import type { BatchOutcome } from "../pipeline/batch-action.js";
import { throughWindow } from "../pipeline/batches-in-flight.js";
import { confirmNoDataLoss } from "../pipeline/confirm-no-data-loss.js";
import { RecordedOutcomes } from "../pipeline/recorded-outcomes.js";
import type { Summary } from "../pipeline/summary.js";
import { idOf, nameOf } from "../record/redis-key.js";
import type { Store } from "../redis/store.js";
import type { Outcome, Settled } from "../types/outcome.js";
import { reverseSteps } from "./reverse-steps.js";

interface Context {
  readonly journal: ReadJournal;
  readonly store: Store;
  readonly summary: Summary;
  readonly options: Options;
  readonly signal: AbortSignal | undefined;
}

const batchLimits = { count: 128, bytes: 256 * 1024 };

const inFlight = { count: 16, bytes: 4 * 1024 * 1024 };

/**
 * Takes an earlier run back, step by step, wherever Redis still holds what that run wrote. Where Redis restarted or
 * failed over meanwhile, what was taken back may have come back: then all steps are taken back once more.
 * @throws MigrateError `redis-unstable`
 */
export async function undoAll(context: Context): Promise<void> {
  const { store, summary, options } = context;
  const recorded = new RecordedOutcomes();
  const lossesBefore = store.possibleLosses;
  await reverseAll(context, (step, settled) => {
    recorded.add(settled.outcome);
    summary.settleKey(recordOf(step, options), settled);
  });
  await confirmNoDataLoss(context, lossesBefore, !options.dryRun, () => {
    let place = 0;
    return reverseAll(context, (step, settled) => {
      const before = recorded.at(place);
      if (before !== undefined && countsOtherwise(before, settled.outcome)) {
        recorded.correct(place, settled.outcome);
        summary.recount(recordOf(step, options), before, settled);
      }
      place += 1;
    });
  });
}

/** Whether a step counts as something else after the second time; what was taken back stays so, if all is well. */
function countsOtherwise(before: Outcome, now: Outcome): boolean {
  const takenBack = before === "deleted" || before === "restored";
  return now !== before && !(takenBack && now === "unchanged");
}

/** @param onSettled called with each step, in the order of the journal */
async function reverseAll(
  { journal, store, options, signal }: Context,
  onSettled: (step: Step, settled: Settled) => void,
): Promise<void> {
  await throughWindow<{ readonly steps: readonly Step[] } & BatchOutcome>({
    limits: inFlight,
    settle: ({ steps, settled }) => {
      for (const [at, one] of settled.entries()) if (one !== null) onSettled(steps[at] as Step, one);
    },
    failureOf: ({ failure }) => failure,
    feed: async (window) => {
      for await (const { steps, bytes } of batchesOf(journal)) {
        if (signal?.aborted) break;
        if (window.full) await window.room();
        window.add(bytes, async () => ({ steps, ...(await reverseSteps(steps, store, !options.dryRun)) }));
      }
    },
    giveUp: store.close,
  });
}

async function* batchesOf(journal: ReadJournal) {
  let steps: Step[] = [];
  let bytes = 0;
  for await (const some of journal.steps()) {
    for (const step of some) {
      steps.push(step);
      bytes += sizeOf(step);
      if (steps.length < batchLimits.count && bytes < batchLimits.bytes) continue;
      yield { steps, bytes };
      steps = [];
      bytes = 0;
    }
  }
  if (steps.length > 0) yield { steps, bytes };
}

/** About how much memory a step takes while it is in flight, in bytes. */
function sizeOf(step: Step): number {
  const { text = "", base64 = "", dump = "" } = step.op === "create" ? {} : step.previous;
  return step.key.length + text.length + base64.length + dump.length;
}

function recordOf({ kind, key }: Step, { prefix }: Options) {
  return { kind, name: nameOf(kind, idOf(prefix, kind, key)) };
}
