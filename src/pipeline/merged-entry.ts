import { sha1 } from "../record/digest.js";
import { expiresAtOf, type Lifetime, ttlOf } from "../record/expiry.js";
import type { Fields } from "../record/json-object.js";
import { recencyOf } from "../record/recency.js";
import type { Entry, Oddity } from "../types/entry.js";

/**
 * A record that several rows make together, in the place of the first one.
 * @param value the record as JSON
 * @param oddities what is odd about any of the rows
 */
export function mergedEntry(
  first: Entry,
  record: Fields,
  value: Buffer,
  oddities: ReadonlySet<Oddity>,
  lifetime: Lifetime,
): Entry {
  const { kind, name, redisKey, keyDigest, place, spelling } = first;
  const key = redisKey.reveal();
  const isChat = kind === "conversation";
  const [lastActive = null] = isChat ? (recencyOf(kind, record) ?? []) : [];
  const expiresAt = expiresAtOf({ kind, lastActive }, lifetime);
  const messageCount = isChat && Array.isArray(record.messages) ? record.messages.length : null;
  const isNoMore = (oddity: Oddity) =>
    (oddity === "no-user-name" && typeof record.userName === "string") ||
    (oddity === "balance-null" && record.balance !== null);
  return {
    kind,
    name,
    redisKey,
    keyLength: Buffer.byteLength(key),
    putKey: (memory, at) => at + memory.write(key, at),
    keyDigest,
    value,
    bytes: value.length,
    digest: sha1(value),
    ttl: ttlOf(kind, expiresAt, lifetime),
    expiresAt,
    place,
    oddities: [...oddities].filter((oddity) => !isNoMore(oddity)),
    spelling,
    messageCount,
    lastActive,
  };
}
