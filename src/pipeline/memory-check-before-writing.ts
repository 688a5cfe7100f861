import { checkMemory, lackingMemory } from "../preflight/check-memory.js";
import { mostBytes } from "../preflight/memory-estimate.js";
import type { Reading } from "./act-on-all-records.js";
import type { BatchAction } from "./batch-action.js";
import type { PipelineContext } from "./pipeline-context.js";
import { runPass } from "./run-pass.js";
import { Summary } from "./summary.js";

/** How many times its size a compressed file may unpack to: that is as far as gzip compresses. */
const mostUnpacked = 1_000;

/** Whether Redis' memory is so short that what the run needs must be known before it writes. */
export function mayLackMemory({ sources, store, facts, options }: PipelineContext): boolean {
  const bytes = sources.reduce(
    (sum, { path, bytes }) => sum + bytes * (/(^-|\.gz)$/.test(path) ? mostUnpacked : 1),
    0,
  );
  const most = mostBytes(bytes, options.prefix.length, store.topology === "cluster");
  return lackingMemory(facts, most).length > 0;
}

/** A dry run before the run, to know whether Redis has the memory. @throws MigrateError `redis-unfit` */
export async function checkMemoryByDryRun(
  context: PipelineContext,
  dryRun: BatchAction,
  reading: Reading,
): Promise<void> {
  const { facts, summary, options, signal } = context;
  const ownSummary = new Summary({ mode: "dry-run", details: 0 });
  ownSummary.estimate = summary.estimate.anew();
  await runPass(
    { ...context, summary: ownSummary, rejects: null, options: { ...options, mode: "dry-run" } },
    {
      ...reading,
      action: dryRun,
      onSettled: (entry, settled) => ownSummary.settle(entry, settled),
    },
  );
  if (signal?.aborted) return;
  const finding = checkMemory(facts, ownSummary.growth(facts));
  if (finding !== null) summary.addFindings([finding], options.force);
}
