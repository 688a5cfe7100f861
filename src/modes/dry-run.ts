import type { BatchContext, BatchOutcome } from "../pipeline/batch-action.js";
import { compare } from "../record/compare.js";
import { resolve } from "../record/conflict-policy.js";
import { Failed } from "../redis/failed.js";
import type { Entry, Held, Settled } from "../types.js";
import { created, gather, guarded } from "./batch-outcome.js";
import { mustBeText, throwIfTooLarge } from "./size-checks.js";

/** Compares records as a migration would, writes nothing, and adds up what the migration would take of Redis' memory. */
export async function dryRunBatch(entries: readonly Entry[], means: BatchContext): Promise<BatchOutcome> {
  const held = await means.store.readAll(
    entries.map(({ redisKey }) => redisKey),
    false,
  );
  return gather(entries.map((entry, at) => guarded(() => dryRun(entry, held[at] as Held | Failed, means))));
}

function dryRun(entry: Entry, held: Held | Failed, means: BatchContext): Settled | Failed | Promise<Settled> {
  if (held instanceof Failed) return held;
  const { policy, estimate, store, keepsJournal } = means;
  const comparison = compare(entry, held);
  const decision = resolve(entry, held, comparison, policy);
  const { outcome, value, fields } = decision;
  throwIfTooLarge(entry, decision, means);
  if (outcome === "created") estimate.create(entry.redisKey.reveal(), entry.value.length, entry.ttl);
  if (outcome === "updated" && value !== null) {
    const before = held.state === "string" ? held.value : Buffer.alloc(0);
    if (keepsJournal) mustBeText(before);
    estimate.replace(before.length, value.length);
  }
  if (outcome === "created") return created;
  const settled = { outcome, fields };
  // The run asks for what another type holds, which may be more than Redis hands out.
  if (outcome === "updated" && held.state === "other") return store.dump(entry.redisKey).then(() => settled);
  return settled;
}
