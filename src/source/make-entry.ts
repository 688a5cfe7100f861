import { ttlOf } from "../record/expiry.js";
import { nameOf, redisKeyOf } from "../record/redis-key.js";
import type { Entry } from "../types/entry.js";
import type { Kind } from "../types/kind.js";

/** What is known of the keys in Redis. */
export interface Keyspace {
  readonly prefix: string;
  /** Expiry of conversations in seconds, null for none. */
  readonly ttl: number | null;
}

/** What must stand in Redis for a record with this id, or API key. */
export function makeEntry(
  kind: Kind,
  id: string,
  { prefix, ttl }: Keyspace,
  rest: Omit<Entry, "kind" | "name" | "redisKey" | "ttl">,
): Entry {
  const [name, redisKey] = [nameOf(kind, id), redisKeyOf(prefix, kind, id)];
  return { kind, name, redisKey, ttl: ttlOf(kind, ttl), ...rest };
}
