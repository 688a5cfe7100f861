import type { BatchOutcome } from "../pipeline/batch-action.js";
import type { PipelineContext } from "../pipeline/pipeline-context.js";
import { compare } from "../record/compare.js";
import { type Decision, resolve } from "../record/conflict-policy.js";
import { asUnreadable } from "../redis/end-verify-when-unreadable.js";
import { Failed } from "../redis/failed-one-of-many.js";
import { isOfOneValue } from "../redis/refused-by-redis.js";
import type { Comparison, Held } from "../types/comparison.js";
import type { Entry } from "../types/entry.js";
import type { VerifyOutcome } from "../types/outcome.js";
import { gather } from "./batch-outcome.js";

/** Compares records with what Redis holds, and writes nothing. */
export async function verifyBatch(
  entries: readonly Entry[],
  { store, options, reader }: PipelineContext,
): Promise<BatchOutcome> {
  const held = await store.readAll(
    entries.map(({ redisKey }) => redisKey),
    true,
  );
  return gather(
    entries.map((entry, index) => {
      const one = held[index] as Held | Failed;
      if (one instanceof Failed) return isOfOneValue(one.error) ? one : new Failed(asUnreadable(one.error));
      const comparison = compare(entry, one);
      const decision = resolve(entry, one, comparison, options.onConflict, reader.lifetime);
      return { outcome: verifyOutcomeOf(comparison, decision), fields: decision.fields };
    }),
  );
}

/** What a verification calls a record: right exactly where a migration with the same policy would leave it as it is. */
export function verifyOutcomeOf({ relation }: Comparison, { outcome, value }: Decision): VerifyOutcome {
  if (outcome === "unchanged") return "matched";
  if (outcome === "kept") return "kept";
  if (value === null) return "expiry";
  return relation === "missing" || relation === "wrongType" ? relation : "different";
}
