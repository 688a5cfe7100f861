import type { Counts, RunResult } from "../../types.js";

/** The sum of some counts, of both kinds of record. */
export function total({ counts }: RunResult, ...names: readonly (keyof Counts)[]): number {
  const { conversations, keys } = counts;
  return names.reduce((sum, name) => sum + (conversations[name] ?? 0) + (keys[name] ?? 0), 0);
}
