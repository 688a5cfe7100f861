import type { Kind } from "../types.js";
import { type Fields, isFields, sameValue } from "./fields.js";
import { hasId, isOfOneId, Sameness } from "./merge.js";
import { isLater, newerOf, recencyOf } from "./which-is-newer.js";

/**
 * Whether one version of a record provably goes on from another, so that nothing is lost where it takes the other's
 * place. Every version goes on from its equal; of two versions neither may go on from the other, or each.
 *
 * Records of different ids never do. A conversation does when it holds the other's last message: the app trims old messages, and adds new ones. One without
 * messages is gone on from by any version that is not less recent, for it may have been emptied on purpose; that holds
 * for two without messages too.
 * An API key does by `queries`, then `tokens`; where both are equal, all but `balance` must be.
 */
export function goesOnFrom(kind: Kind, later: unknown, earlier: unknown): boolean {
  if (!isFields(later) || !isFields(earlier) || !isOfOneId(kind, later, earlier)) return false;
  if (kind === "key") return keyGoesOn(later, earlier);
  if (!Array.isArray(later.messages) || !Array.isArray(earlier.messages)) return false;
  const last: unknown = earlier.messages.at(-1);
  if (last === undefined) return !isLater(recencyOf(kind, earlier), recencyOf(kind, later));
  const held = new Sameness(later.messages.filter(isFields));
  // By its content alone a message proves nothing, for people often say the same: then all of them must be held.
  const proof: readonly unknown[] = isTelling(last) ? [last] : earlier.messages;
  return proof.every((message) => isFields(message) && held.has(message));
}

/**
 * Which of two different versions of a record stays under the policy `newer`: the one that goes on from the other. Where
 * each does, a conversation is the one that was active later, else the longer one; of an API key, whose `balance` alone
 * differs then, Redis' version stays. Null where neither is proven to.
 */
export function laterOf(kind: Kind, redis: unknown, file: unknown): "redis" | "file" | null {
  const fromRedis = goesOnFrom(kind, file, redis);
  const fromFile = goesOnFrom(kind, redis, file);
  if (fromRedis !== fromFile) return fromRedis ? "file" : "redis";
  if (!fromRedis) return null;
  if (kind === "key") return "redis";
  return newerOf(kind, redis, file) ?? longerOf(redis, file);
}

function longerOf(redis: unknown, file: unknown): "redis" | "file" | null {
  const [held, expected] = [redis, file].map(
    (side) => (side as { messages: readonly unknown[] }).messages.length,
  );
  if (held === undefined || expected === undefined || held === expected) return null;
  return held > expected ? "redis" : "file";
}

/** Whether a message's id or date tells it from others with the same content. */
function isTelling(message: unknown): boolean {
  return isFields(message) && (hasId(message) || typeof message.date === "number");
}

function keyGoesOn(later: Fields, earlier: Fields): boolean {
  const [now, before] = [recencyOf("key", later), recencyOf("key", earlier)];
  // Without counters on both sides nothing says which came first.
  if (now !== null && before !== null && isLater(now, before)) return true;
  return (
    !isLater(before, now) &&
    !isLater(now, before) &&
    sameValue(withoutBalance(later), withoutBalance(earlier))
  );
}

function withoutBalance(key: Fields): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(key).filter(([field]) => field !== "balance"));
}
