import type { Previous, Step } from "../journal/format.js";
import { sha1 } from "../record/digest.js";
import { payloadOf, type Replacement } from "../redis/replace-record.js";
import type { Store } from "../redis/store.js";
import { Secret } from "../secret.js";
import type { Held } from "../types/comparison.js";
import type { Settled } from "../types/outcome.js";

/**
 * Takes one step of an earlier run back, where its key still holds what that run left.
 * @param writes false to say only what would be done
 * @throws Refusal
 */
export async function reverseStep(step: Step, store: Store, writes: boolean): Promise<Settled> {
  const redisKey = new Secret(step.key);
  const held = await store.read(redisKey);
  const { outcome, replacement } = reversalOf(step, held, await store.timeAt(redisKey));
  if (replacement === null) return { outcome, fields: [] };
  const refusal = store.refusalOf(redisKey, payloadOf(replacement).length);
  if (refusal !== null) throw refusal;
  if (!writes) return { outcome, fields: [] };
  const done = await store.replace(redisKey, { of: "value", sha1: step.digest }, replacement);
  return { outcome: done ? outcome : "changed", fields: [] };
}

/** What to do about one step: nothing, where `replacement` is null. */
interface Reversal {
  readonly outcome: "deleted" | "restored" | "unchanged" | "changed";
  readonly replacement: Replacement | null;
}

/** @param now ms since 1970, by the clock of the server that holds the key */
function reversalOf(step: Step, held: Held, now: number): Reversal {
  const previous = step.op === "create" ? null : previousOf(step.op, step.previous, now);
  const nothing = (outcome: "unchanged" | "changed"): Reversal => ({ outcome, replacement: null });
  if (held.state === "absent") {
    // It was deleted, or has expired; bringing an old value back would undo whoever deleted it.
    return nothing(previous === null ? "unchanged" : "changed");
  }
  const digest = held.state === "string" ? sha1(held.value) : null;
  if (digest === step.digest) {
    if (previous === null) return { outcome: "deleted", replacement: { how: "delete" } };
    if (previous.how === "expire" && held.state === "string" && expiresAlike(held.ttl, previous.ttlMs))
      return nothing("unchanged");
    return { outcome: "restored", replacement: previous };
  }
  if (previous === null || previous.how === "expire") return nothing("changed");
  const isBack = previous.how === "set" ? digest === sha1(previous.value) : held.state === "other";
  return nothing(isBack ? "unchanged" : "changed");
}

/** Whether two times to live, in s and in ms, are the same to the second. */
function expiresAlike(ttl: number | null, ttlMs: number | null): boolean {
  if (ttl === null || ttlMs === null) return ttl === null && ttlMs === null;
  return Math.abs(ttl * 1000 - ttlMs) < 1_000;
}

/** The previous value, or expiry, with the time that is left of it; null once it would have expired. */
function previousOf(
  op: "replace" | "expire",
  { text, base64, dump, ttlMs, at }: Previous,
  now: number,
): Exclude<Replacement, { how: "delete" }> | null {
  const left = ttlMs === null ? null : ttlMs - (now - at);
  if (left !== null && left <= 0) return null;
  if (op === "expire") return { how: "expire", ttlMs: left };
  if (dump !== undefined) return { how: "restore", dump: Buffer.from(dump, "base64"), ttlMs: left };
  const value = text === undefined ? Buffer.from(base64 ?? "", "base64") : Buffer.from(text);
  return { how: "set", value, ttlMs: left };
}
