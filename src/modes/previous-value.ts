import { isUtf8 } from "node:buffer";
import type { Previous } from "../journal/format.js";
import { sha1 } from "../record/digest.js";
import type { Digest } from "../redis/replace-record.js";
import type { Store } from "../redis/store.js";
import type { Secret } from "../secret.js";
import type { Held } from "../types/comparison.js";
import { throwIfTooLargeForJournal } from "./size-checks.js";

/** What a key held when it was compared. */
export interface PreviousValue {
  /** As the journal keeps it. @throws as `throwIfTooLargeForJournal` does */
  readonly forJournal: () => Previous;
  /** How Redis recognises that the key still holds it. */
  readonly digest: Digest;
}

/**
 * @param expiryAlone whether the journal needs its expiry alone
 * @returns null where the key is gone by now
 */
export async function previousValueOf(
  redisKey: Secret,
  held: Held,
  expiryAlone: boolean,
  store: Store,
): Promise<PreviousValue | null> {
  const at = await store.timeAt(redisKey);
  if (held.state === "string") {
    const { value, ttl } = held;
    const expiry = { ttlMs: ttl === null ? null : Math.round(ttl * 1000), at };
    const forJournal = () => (expiryAlone ? expiry : { ...contentOf(value), ...expiry });
    return { forJournal, digest: { of: "value", sha1: sha1(value) } };
  }
  const dumped = await store.dump(redisKey);
  if (dumped === null) return null;
  const { dump, ttlMs } = dumped;
  const forJournal = () => {
    throwIfTooLargeForJournal(dump);
    return { dump: dump.toString("base64"), ttlMs, at };
  };
  return { forJournal, digest: { of: "dump", sha1: sha1(dump) } };
}

function contentOf(value: Buffer): { text: string } | { base64: string } {
  throwIfTooLargeForJournal(value);
  return isUtf8(value) ? { text: value.toString() } : { base64: value.toString("base64") };
}
