import { checkMemory } from "../preflight/check-memory.js";
import { earliestTime } from "../redis/server-clock.js";
import { hasChanged } from "../source/file-identity.js";
import type { PipelineContext, ReadingContext } from "./pipeline-context.js";

/**
 * Checks at the end of a run whether sources changed meanwhile, whether a dry run's work would fit into Redis' memory,
 * whether Redis evicted keys, and whether what was written has left it by its time already.
 * @throws MigrateError `redis-unfit`
 */
export async function checkAtEnd(context: PipelineContext): Promise<void> {
  const { store, facts, summary, options, signal } = context;
  if (signal?.aborted) return;
  await warnOfChanges(context);
  if (options.mode === "dry-run") {
    const finding = checkMemory(facts, summary.growth(facts));
    if (finding !== null) summary.addFindings([finding], options.force);
  }
  if (options.mode !== "migrate") return;
  summary.evicted = await store.evicted();
  // What is gone by its own time is in the sources alone.
  const { first } = summary.leaving;
  if (first === Number.POSITIVE_INFINITY) return;
  if (first <= (await store.ask((connections) => earliestTime(connections)))) summary.warnOfExpired();
}

/** Warns of each source that was replaced or written to since it was opened. */
export async function warnOfChanges({ sources, summary }: ReadingContext): Promise<void> {
  for (const source of sources) {
    // One that cannot be read by now is not known to be the same.
    if (await hasChanged(source).catch(() => true)) summary.warnOfChange(source);
  }
}
