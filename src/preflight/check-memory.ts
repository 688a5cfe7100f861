import { memoryModelOf } from "../redis/memory-model.js";
import type { Finding } from "../types/redis-findings.js";
import { type Check, writes } from "./check-of-one-master.js";
import type { Facts } from "./server-facts.js";

/** Whether what keys cost is known of this version. */
export const memoryModelCheck: Check = {
  code: "memory-upward",
  severity: "note",
  problem: ({ server }, mode) =>
    writes(mode) && mode !== "undo" && server !== null && !memoryModelOf(server, false).exact
      ? `is ${server}, of which nobody measured here what keys cost: memory is estimated upward`
      : null,
  hint: "See its release notes, and INFO memory before and after a part (--only).",
};

/** Masters that have less room left than a run needs, with the bytes that each lacks. */
export function lackingMemory({ masters }: Facts, bytes: number): readonly { at: string; lacks: number }[] {
  return masters.flatMap(({ at, share, maxMemory, usedMemory }) => {
    if (!maxMemory || usedMemory === null) return [];
    const lacks = Math.ceil(usedMemory + bytes * share - maxMemory);
    return lacks > 0 ? [{ at, lacks }] : [];
  });
}

/** The finding where a run does not fit into Redis' memory; null where it does. */
export function checkMemory(facts: Facts, bytes: number): Finding | null {
  const [first] = lackingMemory(facts, bytes);
  if (first === undefined) return null;
  const mega = (size: number) => `${(size / 1e6).toFixed(1)} MB`;
  const policy = facts.masters.find(({ at }) => at === first.at)?.policy ?? "noeviction";
  const exact = facts.masters.every(({ server }) => memoryModelOf(server, false).exact);
  const then = policy === "noeviction" ? "refuse a part of it" : `throw keys away (${policy})`;
  return {
    code: "memory",
    severity: "refuse",
    message: `This needs ${exact ? "about" : "at most about"} ${mega(bytes)} of Redis' memory, and Redis at ${first.at} has ${mega(first.lacks)} too little (maxmemory): it ${exact ? "would" : "might"} ${then}`,
    hint: "Raise maxmemory, or migrate less (--only).",
  };
}
