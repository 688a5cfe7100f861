import type { ChalkInstance } from "chalk";
import { setOf } from "../types/kind.js";
import type { Counts } from "../types/outcome.js";
import type { RunResult } from "../types/run-result.js";
import { count } from "./units.js";

/** Counts that are always shown; the others only where they are not zero. */
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

/** The counts that are shown, in the order of the result. */
export function shownCounts(result: Pick<RunResult, "counts" | "dryRun">): CountRow[] {
  const { counts } = result;
  const names = Object.keys(counts.conversations) as (keyof Counts)[];
  return names
    .map((name) => ({
      name,
      label: labelOf(name, result),
      conversations: counts.conversations[name] ?? 0,
      keys: counts.keys[name] ?? 0,
    }))
    .filter(({ name, conversations, keys }) => conversations + keys > 0 || alwaysShown.has(name));
}

/** The counts of both kinds, a line each. */
export function countsTable(result: RunResult, colors: ChalkInstance): string[] {
  const lines = shownCounts(result).map(({ name, label, conversations, keys }) => {
    const line = `  ${label.padEnd(12)}${count(conversations).padStart(15)}${count(keys).padStart(12)}`;
    return alarming.has(name) ? colors.yellow(line) : line;
  });
  return [`  ${" ".repeat(12)}${setOf.conversation.padStart(15)}${setOf.key.padStart(12)}`, ...lines];
}
