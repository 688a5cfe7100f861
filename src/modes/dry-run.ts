import type { BatchOutcome } from "../pipeline/batch-action.js";
import type { PipelineContext } from "../pipeline/pipeline-context.js";
import { compare } from "../record/compare.js";
import { resolve } from "../record/conflict-policy.js";
import { Failed } from "../redis/failed-one-of-many.js";
import type { Held } from "../types/comparison.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import { created, gather } from "./batch-outcome.js";
import { replacesOtherType, settledBy, withDecision } from "./decision-of-record.js";
import { throwIfTooLargeForJournal, throwIfTooLargeForRedis } from "./size-checks.js";

/** Compares records as a migration would, writes nothing, and adds up what the migration would take of Redis' memory. */
export async function dryRunBatch(
  entries: readonly Entry[],
  context: PipelineContext,
): Promise<BatchOutcome> {
  const held = await context.store.readAll(
    entries.map(({ redisKey }) => redisKey),
    false,
  );
  return gather(
    entries.map((entry, index) => {
      try {
        return dryRun(entry, held[index] as Held | Failed, context);
      } catch (error) {
        return new Failed(error);
      }
    }),
  );
}

function dryRun(
  entry: Entry,
  held: Held | Failed,
  context: PipelineContext,
): Settled | Failed | Promise<Settled> {
  if (held instanceof Failed) return held;
  const { store, options, summary, reader } = context;
  const { estimate } = summary;
  const decision = resolve(entry, held, compare(entry, held), options.onConflict, reader.lifetime);
  const { outcome, value } = decision;
  throwIfTooLargeForRedis(entry, decision, store);
  if (outcome === "created") {
    estimate.create(entry.redisKey.reveal(), entry.value.length, entry.ttl);
    return withDecision(created, { decision, held }, context);
  }
  if (outcome === "updated" && value !== null) {
    const before = held.state === "string" ? held.value : Buffer.alloc(0);
    if (options.journal !== null) throwIfTooLargeForJournal(before);
    estimate.replace(before.length, value.length);
  }
  const settled = settledBy(decision, entry);
  // The run asks for what another type holds, which may be more than Redis hands out.
  if (!replacesOtherType({ decision, held })) return withDecision(settled, { decision, held }, context);
  return store
    .dump(entry.redisKey)
    .then((dumped) => withDecision(settled, { decision, held }, context, dumped?.dump ?? null));
}
