import type { Previous, Step } from "../journal/format.js";
import { sha1 } from "../record/digest.js";
import type { HeldDigest } from "../redis/read-digests.js";
import type { Replacement } from "../redis/replace-record.js";

/** What to do about one step: nothing, where `replacement` is null. */
export interface Reversal {
  readonly outcome: "deleted" | "restored" | "unchanged" | "changed";
  readonly replacement: Replacement | null;
}

/** @param now ms since 1970, by the clock of the server that holds the key */
export function reversalOf(step: Step, held: HeldDigest, now: number): Reversal {
  const previous = step.op === "create" ? null : previousOf(step.op, step.previous, now);
  const nothing = (outcome: "unchanged" | "changed"): Reversal => ({ outcome, replacement: null });
  if (held.state === "absent") {
    // It was deleted, or has expired; bringing an old value back would undo whoever deleted it.
    return nothing(previous === null ? "unchanged" : "changed");
  }
  const digest = held.state === "string" ? held.sha1 : null;
  if (digest === step.digest) {
    if (previous === null) return { outcome: "deleted", replacement: { how: "delete" } };
    if (previous.how === "expire" && held.state === "string" && expiresAlike(held.ttlMs, previous.ttlMs))
      return nothing("unchanged");
    return { outcome: "restored", replacement: previous };
  }
  if (previous === null || previous.how === "expire") return nothing("changed");
  const isBack = previous.how === "set" ? digest === sha1(previous.value) : held.state === "other";
  return nothing(isBack ? "unchanged" : "changed");
}

/** Whether two times to live, in ms, are the same to the second. */
function expiresAlike(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return one === other;
  return Math.abs(one - other) < 1_000;
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
