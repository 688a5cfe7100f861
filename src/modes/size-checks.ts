import type { Decision } from "../record/conflict-policy.js";
import { lackingHeap } from "../record/heap-needed.js";
import { Refusal } from "../redis/refusal.js";
import type { Store } from "../redis/store.js";
import type { Entry } from "../types.js";

/** @throws Refusal where Redis is known not to take the value that is to be written */
export function throwIfTooLarge(
  { redisKey }: Entry,
  { outcome, value }: Decision,
  { store }: { readonly store: Store },
): void {
  if (value === null || (outcome !== "created" && outcome !== "updated")) return;
  const refusal = store.refusalOf(redisKey, value.length);
  if (refusal !== null) throw refusal;
}

/** @throws Refusal, where Node has not the memory to make text of what a key held */
export function mustBeText(held: Buffer): void {
  const lacking = lackingHeap([held]);
  if (lacking === null) return;
  throw new Refusal(`what Redis holds cannot be kept in the journal, and was left as it is: it ${lacking}`);
}
