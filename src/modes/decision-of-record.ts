import type { PipelineContext } from "../pipeline/pipeline-context.js";
import { digestOfDecision } from "../plan/decision-digest.js";
import type { Decision } from "../record/conflict-policy.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import type { Update } from "./update-records.js";

/** What becomes of a record as it was decided. */
export function settledBy({ outcome, fields, life: { expiresAt } }: Decision, entry: Entry): Settled {
  if (expiresAt === null || expiresAt === entry.expiresAt) return { outcome, fields };
  return { outcome, fields, expiresAt };
}

/** Adds to what becomes of a record the digest of what was decided, and over what, where a plan asks for it. */
export function withDecision(
  settled: Settled,
  { decision, held }: Pick<Update, "decision" | "held">,
  { summary }: PipelineContext,
  dump: Buffer | null = null,
): Settled {
  if (summary.decisions === null) return settled;
  return { ...settled, decision: digestOfDecision(decision, held, dump) };
}

/** Whether what is replaced must be asked for apart, since it is no string. */
export function replacesOtherType({ decision, held }: Pick<Update, "decision" | "held">): boolean {
  return decision.outcome === "updated" && held.state === "other";
}

/** What an update replaces, where that is no string and a plan asks for it. */
export async function dumpForDecision(
  update: Update,
  { store, summary }: PipelineContext,
): Promise<Buffer | null> {
  if (summary.decisions === null || !replacesOtherType(update)) return null;
  // Where it cannot be had, neither can the update be done, which says so.
  const dumped = await store.dump(update.entry.redisKey).catch(() => null);
  return dumped?.dump ?? null;
}
