import { migrateError } from "../errors.js";
import type { Plan } from "../plan/format.js";
import type { PlanToApply } from "../plan/read-plan.js";
import { changesOfCounts, isAsPlanned, type Outcomes } from "../plan/what-has-changed.js";
import { hasChanged } from "../source/file-identity.js";
import type { PipelineContext } from "./pipeline-context.js";
import type { Summary } from "./summary.js";

/**
 * Sees that what a dry run has just found is what the plan says: the last check before anything is written.
 * @throws MigrateError `plan-outdated`; `source-changed`, where a file is not any more what was compared with the plan
 */
export async function throwIfOutdated(
  { path, plan }: PlanToApply,
  { sources }: PipelineContext,
  dryRun: Summary,
): Promise<void> {
  for (const source of sources)
    if (await hasChanged(source)) throw migrateError("source-changed", { path: source.path });
  const now = outcomesOf(dryRun);
  if (isAsPlanned(plan, now)) return;
  const changes = [whatChanged(plan, now), ...changesOfCounts(plan, now)];
  throw migrateError("plan-outdated", { path, changes });
}

/** Files, flags and version are those of the plan, which was seen before: it is Redis that has changed, or the time. */
function whatChanged(plan: Plan, now: Outcomes): string {
  const sum = ({ conversations, keys }: Plan["counts"], ...names: readonly string[]) =>
    names.reduce((all, name) => all + (conversations[name] ?? 0) + (keys[name] ?? 0), 0);
  const after: Plan["counts"] = { ...now.counts };
  if (sum(after, "archived") > sum(plan.counts, "archived"))
    return "conversations have passed their time since";
  const work = ["created", "updated", "archived"];
  const isDone = sum(plan.counts, ...work) > 0 && sum(after, ...work) === 0;
  const perhaps = isDone ? ", and there is nothing to do: perhaps the plan was applied already" : "";
  const where = sum(plan.counts, "archived") > 0 ? "Redis, or the archive," : "Redis";
  return `${where} holds something else under keys of the files than it did${perhaps}`;
}

/** Compares what a migration has done with its plan, and warns where that is something else. */
export function compareWithPlan({ path, plan }: PlanToApply, summary: Summary): void {
  const done = outcomesOf(summary);
  if (isAsPlanned(plan, done)) return;
  summary.deviatesFromPlan = true;
  const counts = changesOfCounts(plan, done).join("; ");
  const what = counts === "" ? "the counts are the same, but of other records, or over other values" : counts;
  const message = `${path}: Redis or a file changed between the check and the writing, so that not exactly what was planned was done: ${what}`;
  summary.warn("plan-deviated", message);
}

export function outcomesOf({ counts: { byKind }, unreadable, decisions }: Summary): Outcomes {
  return {
    counts: { conversations: byKind.conversation, keys: byKind.key },
    unreadable,
    digest: decisions?.hex ?? "",
  };
}
