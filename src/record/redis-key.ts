import { maskKey, maskKeysIn, Secret } from "../secret.js";
import type { Kind } from "../types/kind.js";
import { setOf } from "../types/kind.js";

/** What the Redis keys of a kind begin with. */
export function redisKeyStart(prefix: string, kind: Kind): string {
  return `${prefix}${setOf[kind]}:`;
}

/** An id fit to print: API keys masked, also where one stands as the id of a conversation; other ids as they are. */
export function nameOf(kind: Kind, id: string): string {
  return kind === "key" ? maskKey(id) : maskKeysIn(id);
}

/** The Redis key of a record, as the library makes it: `{prefix}conversations:{id}`, `{prefix}keys:{key}`. */
export function redisKeyOf(prefix: string, kind: Kind, id: string): Secret {
  const start = redisKeyStart(prefix, kind);
  return new Secret(start + id, start + nameOf(kind, id));
}

/** The id within a Redis key that `scanPattern` matched. */
export function idOf(prefix: string, kind: Kind, redisKey: string): string {
  return redisKey.slice(redisKeyStart(prefix, kind).length);
}

/**
 * The MATCH pattern for every key of a kind. The prefix is taken literally, glob characters included
 * (https://redis.io/docs/latest/commands/keys: `\` escapes them).
 */
export function scanPattern(prefix: string, kind: Kind): string {
  return `${literally(redisKeyStart(prefix, kind))}*`;
}

/** The same for keys of any kind under the prefix. */
export function prefixPattern(prefix: string): string {
  return `${literally(prefix)}*`;
}

function literally(text: string): string {
  return text.replace(/[*?[\]\\^]/g, "\\$&");
}
