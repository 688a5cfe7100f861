import { checkMemory, lackingMemory } from "../preflight/check-memory.js";
import { mostBytes } from "../preflight/memory-estimate.js";
import type { PipelineContext } from "./pipeline-context.js";
import type { Summary } from "./summary.js";

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

/** Whether Redis has the memory for what a dry run found to do. @throws MigrateError `redis-unfit` */
export function throwIfMemoryIsShort({ facts, summary, options }: PipelineContext, dryRun: Summary): void {
  const finding = checkMemory(facts, dryRun.growth(facts));
  if (finding !== null) summary.addFindings([finding], options.force);
}
