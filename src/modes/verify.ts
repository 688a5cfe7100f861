import type { BatchContext, BatchOutcome } from "../pipeline/batch-action.js";
import { compare } from "../record/compare.js";
import { judge, resolve } from "../record/conflict-policy.js";
import { asUnreadable } from "../redis/end-verify-when-unreadable.js";
import { Failed } from "../redis/failed.js";
import { Refusal } from "../redis/refusal.js";
import type { Entry, Held } from "../types.js";
import { gather } from "./batch-outcome.js";

/** Reads records back and says how they differ. */
export async function verifyBatch(entries: readonly Entry[], means: BatchContext): Promise<BatchOutcome> {
  const held = await means.store.readAll(
    entries.map(({ redisKey }) => redisKey),
    true,
  );
  return gather(
    entries.map((entry, at) => {
      const one = held[at] as Held | Failed;
      if (one instanceof Failed) return isOfOneValue(one.error) ? one : new Failed(asUnreadable(one.error));
      const comparison = compare(entry, one);
      const decision = resolve(entry, one, comparison, means.policy);
      return { outcome: judge(comparison, decision), fields: decision.fields };
    }),
  );
}

/** One value that Redis closes the connection for says nothing of the others. */
function isOfOneValue(error: unknown): boolean {
  return error instanceof Refusal && error.ofOneValue;
}
