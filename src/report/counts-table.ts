import type { ChalkInstance } from "chalk";
import { setOf } from "../types/kind.js";
import type { Counts } from "../types/outcome.js";
import type { RunResult } from "../types/run-result.js";
import { count } from "./units.js";

/** Counts that are shown of a run that got beyond its checks, be they zero; the others only where they are not. */
const alwaysShown: ReadonlySet<string> = new Set([
  "read",
  "created",
  "written",
  "matched",
  "deleted",
  "restored",
  "exported",
]);

/** Counts that somebody should look into. */
export const alarming: ReadonlySet<string> = new Set([
  "invalid",
  "conflict",
  "failed",
  "missing",
  "different",
  "expiry",
  "wrongType",
  "changed",
  "leftOut",
]);

/** One count, of both kinds of record. */
interface CountRow {
  readonly name: keyof Counts;
  /** What people read for the name. */
  readonly label: string;
  readonly conversations: number;
  readonly keys: number;
}

/** What a dry run counts has not been done. */
const labelsOfDryRun: Partial<Record<string, string>> = {
  created: "to create",
  updated: "to update",
  archived: "to archive",
  deleted: "to delete",
  restored: "to restore",
};

/** What people read for the name of a count or difference. */
export function labelOf(name: string, { dryRun }: Pick<RunResult, "dryRun">): string {
  return (dryRun ? labelsOfDryRun[name] : undefined) ?? name;
}

/** The counts that are shown, in the order of the result. While all was only checked, `read` is but of what was rejected. */
export function shownCounts(result: Pick<RunResult, "counts" | "dryRun" | "reading">): CountRow[] {
  const { counts, reading } = result;
  const isShown = (name: string, sum: number) =>
    reading.checking ? name !== "read" && sum > 0 : sum > 0 || alwaysShown.has(name);
  const names = Object.keys(counts.conversations) as (keyof Counts)[];
  return names
    .map((name) => ({
      name,
      label: labelOf(name, result),
      conversations: counts.conversations[name] ?? 0,
      keys: counts.keys[name] ?? 0,
    }))
    .filter(({ name, conversations, keys }) => isShown(name, conversations + keys));
}

/** The counts of both kinds, a line each; empty where there are none. */
export function countsTable(result: RunResult, colors: ChalkInstance): string[] {
  const lines = shownCounts(result).map(({ name, label, conversations, keys }) => {
    const line = `  ${label.padEnd(12)}${count(conversations).padStart(15)}${count(keys).padStart(12)}`;
    return alarming.has(name) ? colors.yellow(line) : line;
  });
  if (lines.length === 0) return [];
  return [`  ${" ".repeat(12)}${setOf.conversation.padStart(15)}${setOf.key.padStart(12)}`, ...lines];
}
