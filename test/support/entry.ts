import { digestOfKey, sha1 } from "../../src/record/digest.js";
import { ttlOf } from "../../src/record/expiry.js";
import { nameOf, redisKeyOf } from "../../src/record/redis-key.js";
import type { Entry } from "../../src/types/entry.js";
import type { Kind } from "../../src/types/kind.js";

/** What must stand in Redis for one row that stands somewhere, under the prefix `p:`. */
export function makeEntry(kind: Kind, id: string, json: string, more: Partial<Entry> = {}): Entry {
  const { redisKey = redisKeyOf("p:", kind, id) } = more;
  const key = Buffer.from(redisKey.reveal());
  const value = Buffer.from(json);
  return {
    kind,
    name: nameOf(kind, id),
    redisKey,
    keyLength: key.length,
    putKey: (memory, at) => at + key.copy(memory, at),
    keyDigest: digestOfKey(redisKey.reveal()),
    value,
    bytes: value.length,
    digest: sha1(value),
    ttl: ttlOf(kind, null, { ttl: 60 }),
    expiresAt: null,
    place: { source: "db.json", index: 0, offset: 0, line: 1 },
    oddities: [],
    spelling: undefined,
    messageCount: null,
    lastActive: null,
    ...more,
  };
}

/** All that an entry says, read now: its memory may be used again later. */
export function plainly(entry: Entry) {
  const { kind, name, keyDigest, bytes, digest, ttl, expiresAt, place, oddities, spelling } = entry;
  const { messageCount, lastActive } = entry;
  const memory = Buffer.alloc(entry.keyLength + 1);
  const keyEnd = entry.putKey(memory, 1);
  const texts = {
    key: entry.redisKey.reveal(),
    keyBytes: memory.toString("utf8", 1, keyEnd),
    value: entry.value.toString("latin1"),
  };
  return {
    kind,
    name,
    keyDigest,
    bytes,
    digest,
    ttl,
    expiresAt,
    place,
    oddities,
    spelling,
    messageCount,
    lastActive,
    ...texts,
  };
}
