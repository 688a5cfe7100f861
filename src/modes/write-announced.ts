import type { PipelineContext } from "../pipeline/pipeline-context.js";
import type { Entry } from "../types/entry.js";

/**
 * Writes to Redis what a step of the journal announces; cancels the step where that is known not to be done.
 * @param write gives whether it was done
 */
export async function writeAnnounced(
  step: number,
  { redisKey }: Entry,
  { store, journal }: Pick<PipelineContext, "store" | "journal">,
  write: () => Promise<boolean>,
): Promise<boolean> {
  let done = false;
  try {
    done = await write();
    return done;
  } catch (error) {
    done = store.mayHaveDone(redisKey);
    throw error;
  } finally {
    if (!done) await journal.cancel(step);
  }
}
