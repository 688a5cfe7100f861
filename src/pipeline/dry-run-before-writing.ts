import { noJournal } from "../journal/write.js";
import { startDecisionsDigest } from "../plan/decision-digest.js";
import type { Reading } from "./act-on-all-records.js";
import type { BatchAction } from "./batch-action.js";
import type { PipelineContext } from "./pipeline-context.js";
import { recheckAfterDataLoss } from "./recheck-after-data-loss.js";
import { RecordedOutcomes } from "./recorded-outcomes.js";
import { type Pass, runPass } from "./run-pass.js";
import { Summary } from "./summary.js";

/**
 * A dry run before the run, for what must be known before anything is written.
 * @returns what it counted, apart from the counts of the run; of no use where the signal aborted
 */
export async function dryRunBeforeWriting(
  context: PipelineContext,
  dryRun: BatchAction,
  reading: Reading,
): Promise<Summary> {
  const { store, planned, options } = context;
  const summary = new Summary({ mode: "dry-run", details: 0 });
  summary.estimate = context.summary.estimate.anew();
  if (planned !== null) summary.decisions = startDecisionsDigest();
  const own = {
    ...context,
    summary,
    rejects: null,
    journal: noJournal,
    options: { ...options, mode: "dry-run" as const },
  };
  const pass: Pass = {
    ...reading,
    action: dryRun,
    onSettled: (entry, settled) => summary.settle(entry, settled),
  };
  const lossesBefore = store.possibleLosses;
  try {
    await runPass(own, pass);
    await recheckAfterDataLoss(own, pass, new RecordedOutcomes(), lossesBefore);
  } finally {
    const { reading } = context.summary;
    reading.checked = Math.max(reading.checked, summary.counts.sum("read"));
  }
  return summary;
}
