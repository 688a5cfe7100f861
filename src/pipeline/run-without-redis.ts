import { actOnAllRecords, type Pass } from "./act-on-all-records.js";
import { warnOfChanges } from "./checks-at-end.js";
import { handleDuplicates, passesBefore } from "./handle-duplicates.js";
import type { ReadingContext } from "./pipeline-context.js";
import { allSourcesReader } from "./read-all-sources.js";
import { trackProgress } from "./reading-progress.js";
import { checkAllRecords } from "./strict-check.js";

/**
 * Runs the pipeline where no server is asked: first the passes that only check, then the one that acts, all of them as
 * `runBatches` does.
 * @param action what is done with a batch
 * @returns whether it was done with all records: not where `--strict` stops it, or where it is interrupted
 * @throws MigrateError where the run cannot go on; what is done by then is in the summary
 */
export async function runWithoutRedis(
  context: ReadingContext,
  action: Pass<ReadingContext>["action"],
): Promise<boolean> {
  const { sources, summary, options, signal } = context;
  const progress = trackProgress(context, 1 + passesBefore[options.onDuplicate] + (options.strict ? 1 : 0));
  for (const source of sources) summary.counts.addSource(source);
  const readAllSources = allSourcesReader(context, progress.add);
  if (options.strict && !(await checkAllRecords(context, readAllSources))) return false;
  const duplicates = await handleDuplicates(context, readAllSources);
  try {
    if (signal?.aborted) return false;
    progress.endChecks();
    const pass: Pass<ReadingContext> = {
      ...duplicates,
      action,
      onRead: progress.add,
      onSettled: (entry, settled) => summary.settle(entry, settled),
    };
    // Whoever reads the commands may be slow, and is waited for.
    const redis = { giveUp: () => {}, isRead: () => false };
    if ((await actOnAllRecords(context, pass, redis)) === null) return false;
  } finally {
    duplicates.discardKept();
  }
  await warnOfChanges(context);
  return true;
}
