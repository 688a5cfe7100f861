import type { ChalkInstance } from "chalk";
import { setOf } from "../types/kind.js";
import type { Counts } from "../types/outcome.js";
import type { RunResult } from "../types/run-result.js";
import { count } from "./units.js";

/** Counts that are always shown; the others only where they are not zero. */
const alwaysShown: ReadonlySet<string> = new Set(["read", "created", "matched", "deleted", "restored"]);

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
  readonly conversations: number;
  readonly keys: number;
}

/** The counts that are shown, in the order of the result. */
export function shownCounts({ counts }: Pick<RunResult, "counts">): CountRow[] {
  const names = Object.keys(counts.conversations) as (keyof Counts)[];
  return names
    .map((name) => ({ name, conversations: counts.conversations[name] ?? 0, keys: counts.keys[name] ?? 0 }))
    .filter(({ name, conversations, keys }) => conversations + keys > 0 || alwaysShown.has(name));
}

/** The counts of both kinds, a line each. */
export function countsTable(result: RunResult, colors: ChalkInstance): string[] {
  const lines = shownCounts(result).map(({ name, conversations, keys }) => {
    const line = `  ${name.padEnd(12)}${count(conversations).padStart(15)}${count(keys).padStart(12)}`;
    return alarming.has(name) ? colors.yellow(line) : line;
  });
  return [`  ${" ".repeat(12)}${setOf.conversation.padStart(15)}${setOf.key.padStart(12)}`, ...lines];
}
