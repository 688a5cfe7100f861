import type { RunResult } from "../../types/run-result.js";
import { printable } from "../printable.js";

/** Whether what was done is not what the plan says. */
export function deviatesFromPlan({ warnings }: Pick<RunResult, "warnings">): boolean {
  return warnings.some(({ code }) => code === "plan-deviated");
}

/** Of a migration by a plan that came to its end: whether that is what it did, in a clause. */
export function whetherAsPlanned(result: RunResult): string {
  const { mode, plan, evicted } = result;
  // Of what Redis threw away again no plan says anything.
  if (mode !== "migrate" || plan === null || (evicted ?? 0) > 0) return "";
  const where = printable(plan);
  if (!deviatesFromPlan(result)) return `, exactly as planned in ${where}`;
  return `, though not exactly as planned in ${where} (see the warning)`;
}

/** Where a dry run's plan is, and what it is good for. */
export function planHints({ dryRun, plan }: RunResult): string[] {
  if (!dryRun || plan === null) return [];
  return [`The plan is in ${printable(plan)}: --apply does exactly this, or nothing.`];
}

/** Of a migration by a plan that was stopped half-way, in a clause: Redis is not any more what the plan was made for. */
export function restOfPlan({ mode, plan }: RunResult): string {
  return mode === "migrate" && plan !== null ? "; a new plan holds the rest" : "";
}
