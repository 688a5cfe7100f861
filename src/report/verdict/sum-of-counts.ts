import type { Counts } from "../../types/outcome.js";
import type { RunResult } from "../../types/run-result.js";

/** The sum of some counts, of both kinds of record. */
export function total({ counts }: RunResult, ...names: readonly (keyof Counts)[]): number {
  const { conversations, keys } = counts;
  return names.reduce((sum, name) => sum + (conversations[name] ?? 0) + (keys[name] ?? 0), 0);
}
