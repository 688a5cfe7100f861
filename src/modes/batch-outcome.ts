import { isTooLong } from "../errors.js";
import type { BatchOutcome } from "../pipeline/batch-action.js";
import { allOf, Failed, orFailed } from "../redis/failed-one-of-many.js";
import { Refusal } from "../redis/refused-by-redis.js";
import type { Settled } from "../types/outcome.js";
import { notKept } from "./size-checks.js";

export const created: Settled = { outcome: "created", fields: [] };

/** Waits for all records of a batch; what concerns one record alone is its outcome, and no reason to stop. */
export async function gather(
  results: readonly (Settled | Failed | Promise<Settled>)[],
): Promise<BatchOutcome> {
  const settled: (Settled | null)[] = [];
  let failure: BatchOutcome["failure"] = null;
  for (const result of await allOf(
    results.map((one) => (one instanceof Promise ? orFailed(() => one) : one)),
  )) {
    const outcome = result instanceof Failed ? failedOutcome(result.error) : result;
    settled.push(outcome);
    if (outcome === null) failure ??= result as Failed;
  }
  return { settled, failure };
}

/** The outcome of a record that Redis refused, or that is too long for the journal; null for any other error. */
function failedOutcome(error: unknown): Settled | null {
  if (error instanceof Refusal) return { outcome: "failed", fields: [], reason: error.message };
  if (!isTooLong(error)) return null;
  const reason = `${notKept}: it is longer than any text that Node can hold`;
  return { outcome: "failed", fields: [], reason };
}
