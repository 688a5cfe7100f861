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

/** The counts of both kinds, a line each. */
export function countsTable({ counts }: RunResult, colors: ChalkInstance): string[] {
  const names = Object.keys(counts.conversations) as (keyof Counts)[];
  const lines = [`  ${" ".repeat(12)}${setOf.conversation.padStart(15)}${setOf.key.padStart(12)}`];
  for (const name of names) {
    const [conversations, keys] = [counts.conversations[name] ?? 0, counts.keys[name] ?? 0];
    if (conversations + keys === 0 && !alwaysShown.has(name)) continue;
    const line = `  ${name.padEnd(12)}${count(conversations).padStart(15)}${count(keys).padStart(12)}`;
    lines.push(alarming.has(name) ? colors.yellow(line) : line);
  }
  return lines;
}
