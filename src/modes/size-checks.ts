import type { Decision } from "../record/conflict-policy.js";
import { lackingHeap } from "../record/heap-needed.js";
import { Refusal } from "../redis/refused-by-redis.js";
import type { Store } from "../redis/store.js";
import type { Entry } from "../types/entry.js";

/** @throws Refusal where Redis is known not to take the value that is to be written */
export function throwIfTooLargeForRedis(entry: Entry, { outcome, value }: Decision, store: Store): void {
  if (value === null || (outcome !== "created" && outcome !== "updated")) return;
  const refusal = store.refusalOf(entry, value.length);
  if (refusal !== null) throw refusal;
}

/** @throws Refusal where Node has not the memory to make what a key held into text */
export function throwIfTooLargeForJournal(held: Buffer): void {
  const lacking = lackingHeap([held]);
  if (lacking !== null) throw new Refusal(`${notKept}: it ${lacking}`);
}

/** What is said of a value for which the journal has no text. */
export const notKept = "what Redis holds cannot be kept in the journal, and was left as it is";
