import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import type { Reading } from "./act-on-all-records.js";
import { checkArchiveHoldsAll } from "./archive-check-before-writing.js";
import type { BatchAction, BatchActions } from "./batch-action.js";
import { checkAtEnd } from "./checks-at-end.js";
import { dryRunBeforeWriting } from "./dry-run-before-writing.js";
import { handleDuplicates, passesBefore } from "./handle-duplicates.js";
import { compareWithPlan, throwIfOutdated } from "./keep-to-plan.js";
import { mayLackMemory, throwIfMemoryIsShort } from "./memory-check-before-writing.js";
import type { PipelineContext } from "./pipeline-context.js";
import { allSourcesReader } from "./read-all-sources.js";
import { trackProgress } from "./reading-progress.js";
import { recheckAfterDataLoss, warnOfUncheckedLoss } from "./recheck-after-data-loss.js";
import { RecordedOutcomes } from "./recorded-outcomes.js";
import { keepUnwritten } from "./rejected-records.js";
import { type Pass, runPass } from "./run-pass.js";
import { checkAllRecords } from "./strict-check.js";

/**
 * Runs the pipeline: first the passes that only check, then the one that compares and writes, again where Redis may
 * have lost data meanwhile, and last the checks of what was done.
 * @param actions what each mode does with a batch: a migration may need a dry run first
 * @throws MigrateError where the run cannot go on; what is done by then is in the summary
 */
export async function runBatches(context: PipelineContext, actions: BatchActions): Promise<void> {
  const { sources, summary, archive, planned, options, signal } = context;
  const { mode, onDuplicate } = options;
  const strict = options.strict && mode !== "verify";
  const memoryIsShort = mode === "migrate" && !options.force && mayLackMemory(context);
  const oldArchive = mode !== "verify" && archive?.find ? archive : null;
  const isDryFirst = memoryIsShort || planned !== null;
  const passes = 1 + passesBefore[onDuplicate] + [strict, isDryFirst, oldArchive].filter(Boolean).length;
  const progress = trackProgress(context, passes);
  for (const source of sources) summary.counts.addSource(source);

  const readAllSources = allSourcesReader(context, progress.add);
  if (strict && !(await checkAllRecords(context, readAllSources))) return;
  const reading = { ...(await handleDuplicates(context, readAllSources)), onRead: progress.add };
  try {
    if (oldArchive !== null) await checkArchiveHoldsAll(context, oldArchive, reading);
    if (isDryFirst) {
      const dryRun = await dryRunBeforeWriting(context, actions["dry-run"], reading);
      if (signal?.aborted) return;
      if (planned !== null) await throwIfOutdated(planned, context, dryRun);
      if (memoryIsShort) throwIfMemoryIsShort(context, dryRun);
    }
    if (signal?.aborted) return;
    progress.endChecks();
    if (planned !== null) summary.plan = planned.path;
    await compareAndWrite(context, actions[mode], reading);
  } finally {
    reading.discardKept();
  }
  await checkAtEnd(context);
}

/** Reads all sources and does what the mode does with each record, again where Redis may have lost data meanwhile. */
async function compareAndWrite(
  context: PipelineContext,
  action: BatchAction,
  reading: Reading,
): Promise<void> {
  const { store, summary, rejects, planned, options, signal } = context;
  const recorded = new RecordedOutcomes();
  const lossesBefore = store.possibleLosses;
  const pass: Pass = {
    ...reading,
    action,
    onSettled: (entry: Entry, settled: Settled) => {
      summary.settle(entry, settled);
      if (options.mode !== "migrate") return;
      recorded.add(settled.outcome);
      keepUnwritten(rejects, entry, settled);
    },
  };
  let isChecked = false;
  try {
    await runPass(context, pass);
    await recheckAfterDataLoss(context, pass, recorded, lossesBefore);
    isChecked = !signal?.aborted;
  } finally {
    if (!isChecked) warnOfUncheckedLoss(context, lossesBefore);
  }
  if (planned !== null && isChecked) compareWithPlan(planned, summary);
}
